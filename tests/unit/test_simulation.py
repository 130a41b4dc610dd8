"""``bench/simulation``: cases whose results can be computed by hand, and what it takes from the bill and the quotas."""

from collections.abc import Callable
from dataclasses import replace
from statistics import mean

import pytest
from simpy import Environment

from bench.figures import describe_origin, read_figures
from bench.simulation.capacity import compute_demand, compute_pings, get_limit, raise_quotas
from bench.simulation.clients import Clients
from bench.simulation.labels import describe_bucket
from bench.simulation.load import Load, run
from bench.simulation.quota_figures import build_capacity
from bench.simulation.quotas import Latency, Quotas, Rate, read_latency, read_quotas, read_timing
from bench.simulation.resources import Bucket, Executions, Job, Process, Queue, RefusedError
from bench.simulation.stack import Stack
from bench.simulation.system import System
from bench.steps import FRAME, PING, QUEUE, RESUME, TURN, Call, Invocation, Steps, get_key, read_steps
from tools.bill import REQUESTS, bill, get_turn, list_paths, read_counts

BOT = "rules"
EXACT = Latency(gateway=0.01, queue=0.02, cold_start=0.5, own=0.007, round_trip=0.006, spread=0)
"""Constant times."""
GENEROUS = Rate(1e9, 1e9)


@pytest.fixture
def unlimited() -> Quotas:
    rates = dict.fromkeys(
        ("api_requests", "handshakes", "route_frames", "pings", "invocations", "environments", "fifo_requests"),
        GENEROUS,
    )
    tables = dict.fromkeys(("table_writes", "table_reads", "partition_writes", "partition_reads"), GENEROUS)
    return Quotas(**rates, **tables, executions=1_000_000, turn_executions=1_000_000)


def deterministic(seconds: float, env: Environment) -> Callable[[], Process]:
    """Return a job that takes some seconds."""

    def work() -> Process:
        yield env.timeout(seconds)

    return work


# ------------------------------------------------------------------------------------------------------------ resources


def test_bucket_admits_its_burst_and_then_its_rate() -> None:
    bucket = Bucket("frames", Rate(8, 5))

    assert [is_admitted(bucket, 0) for _ in range(20)].count(True) == 5
    # A second later eight tokens have come, of which five fit.
    assert [is_admitted(bucket, 1) for _ in range(20)].count(True) == 5
    assert [is_admitted(bucket, 1 + eighths / 8) for eighths in range(1, 9)].count(True) == 8
    assert (bucket.usage.asked, bucket.usage.refused) == (48, 30)


def is_admitted(bucket: Bucket, now: float) -> bool:
    try:
        bucket.take(now)
    except RefusedError:
        return False
    return True


def test_jobs_of_one_group_wait_as_in_the_formula_of_an_m_d_1_queue(unlimited: Quotas) -> None:
    env, service, load = Environment(), 1.0, 0.7
    queue = Queue(env, workers=100, latency=lambda: 0.0)
    system = System(env, unlimited, EXACT, seed=7)
    waits: list[float] = []

    def arrive() -> Process:
        while True:
            yield env.timeout(system.dice.expovariate(load / service))
            queue.send(Job(group=1, run=watch(env.now)))

    def watch(sent: float) -> Callable[[], Process]:
        def work() -> Process:
            waits.append(env.now - sent)
            yield env.timeout(service)

        return work

    env.process(arrive())
    env.run(until=50_000)

    # Pollaczek and Khinchine: with a constant service time, the mean wait is load * service / (2 * (1 - load)).
    assert mean(waits) == pytest.approx(load * service / (2 * (1 - load)), rel=0.05)


def test_groups_run_side_by_side_up_to_the_workers() -> None:
    env = Environment()
    queue = Queue(env, workers=3, latency=lambda: 0.0)
    for group in range(7):
        queue.send(Job(group, deterministic(1.0, env)))

    env.run(until=2.5)

    # Three in each of the first two seconds; the seventh runs.
    assert queue.length == 1
    assert queue.usage.busy == 6


def test_job_that_is_tried_again_holds_back_its_group_only() -> None:
    env = Environment()
    queue = Queue(env, workers=10, latency=lambda: 0.0)
    order: list[tuple[str, float]] = []
    delays = iter([5.0, None])

    def fail_once() -> Process:
        yield env.timeout(1)
        order.append(("first", env.now))
        return next(delays)

    def follow(name: str) -> Callable[[], Process]:
        def work() -> Process:
            order.append((name, env.now))
            yield env.timeout(0)

        return work

    queue.send(Job(1, fail_once))
    queue.send(Job(1, follow("second")))
    queue.send(Job(2, follow("other")))
    env.run()

    assert order == [("other", 0), ("first", 1), ("first", 7), ("second", 7)]


def test_second_execution_of_a_function_is_warm(unlimited: Quotas) -> None:
    executions = Executions(replace(unlimited, executions=1))

    assert executions.begin("message", 0)
    with pytest.raises(RefusedError, match="executions"):
        executions.begin("message", 0)
    executions.end("message", 1.0)
    assert not executions.begin("message", 1)
    assert executions.usage.busy == 1


# --------------------------------------------------------------------------------------------------------------- system


def make(*calls: Call) -> Invocation:
    return Invocation("message", list(calls))


def test_message_without_load_takes_the_sum_of_its_times(unlimited: Quotas) -> None:
    steps: Steps = {
        get_key(BOT, TURN): [make(Call("UpdateItem"), Call(FRAME), Call(QUEUE)), make(Call("Query"), Call(FRAME))],
        get_key(BOT, PING): [make(Call(FRAME))],
        get_key(BOT, RESUME): [make(Call(FRAME))],
    }
    clients = run_one(steps, unlimited)

    # The gateway, a new environment, its own time, and two requests.
    delivered = 0.01 + 0.5 + 0.007 + 2 * 0.006
    assert clients.seen.delivered == [pytest.approx(delivered)]
    # A third request queues the job; a turn has a new environment, too, as the first one still runs or has just ended.
    turn = 0.02 + 0.007 + 2 * 0.006
    assert clients.seen.answered == [pytest.approx(delivered + 0.006 + turn)]


def test_turn_without_a_queue_is_answered_by_the_first_function(unlimited: Quotas) -> None:
    turn = make(Call("TransactWriteItems"), Call(FRAME), Call(FRAME), Call("UpdateItem"))
    steps: Steps = {get_key(BOT, TURN): [turn]}
    clients = run_one(steps, unlimited)

    assert clients.seen.delivered == [pytest.approx(0.01 + 0.5 + 0.007 + 2 * 0.006)]
    assert clients.seen.answered == [pytest.approx(0.01 + 0.5 + 0.007 + 3 * 0.006)]
    assert clients.system.turns.usage.asked == 0


def run_one(steps: Steps, quotas: Quotas) -> Clients:
    env = Environment()
    clients = Clients(System(env, quotas, EXACT, seed=1), steps, BOT)
    env.process(clients.send(1))
    env.run()
    return clients


def test_throttled_request_is_repeated_by_the_sdk(unlimited: Quotas) -> None:
    # Four units at once, then one per second; a write of three.
    env = Environment()
    system = System(env, replace(unlimited, table_writes=Rate(2.0, 4)), EXACT, seed=1)
    write = make(Call("PutItem", writes={"MessageHistoryTable": 3}))

    list(map(env.process, [system.invoke(write, 1), system.invoke(write, 2)]))
    env.run()

    bucket = system.tables["MessageHistoryTable_write"]
    assert bucket.usage.refused in (3, 6)
    assert system.amounts["write"] == 6
    # What waits is billed: a new environment each, their own times and requests, and the backoff of one.
    assert system.amounts["duration"] * 2 > 2 * (0.5 + 0.007 + 0.006) + 0.006


def test_message_of_a_table_that_stays_throttled_is_sent_again_until_it_is_stored(unlimited: Quotas) -> None:
    env = Environment()
    system = System(env, unlimited, EXACT, seed=1)
    steps: Steps = {get_key(BOT, TURN): [make(Call("PutItem", writes={"MessageHistoryTable": 1}), Call(FRAME))]}
    clients = Clients(system, steps, BOT)
    system.tables["MessageHistoryTable_write"] = Bucket("MessageHistoryTable_write", Rate(0, 0))
    env.process(clients.send(1))
    env.run(until=30)
    assert clients.seen.delivered == []
    assert clients.seen.refused["MessageHistoryTable_write"] > 1

    system.tables["MessageHistoryTable_write"].rate = GENEROUS
    env.run(until=60)

    assert len(clients.seen.delivered) == len(clients.seen.answered) == 1


def test_frame_that_is_throttled_is_sent_again_after_the_time_of_the_client(unlimited: Quotas) -> None:
    quotas = replace(unlimited, route_frames=Rate(1.0, 1))
    env = Environment()
    clients = Clients(System(env, quotas, EXACT, seed=1), read_steps(), BOT)
    env.process(clients.send(1))
    env.process(clients.send(2))
    env.run()

    first, second = sorted(clients.seen.delivered)
    assert clients.seen.refused == {"route_message": 1}
    assert second - first == pytest.approx(read_timing()["ackTimeout"] - EXACT.cold_start, abs=0.01)


def test_lost_connections_come_back_as_fast_as_the_quota_of_handshakes_lets_them(unlimited: Quotas) -> None:
    lost, rate = 300, 10.0
    quotas = replace(unlimited, handshakes=Rate(rate, rate))

    seen = run(Load(sockets=lost, rate=0, warm_up=0, seconds=200, lost=lost), quotas, EXACT, read_steps()).seen

    assert len(seen.resumed) == lost
    assert (lost - rate) / rate <= max(seen.connected) < 2 * lost / rate
    # Clients that wait for up to half a minute leave little of the quota unused.
    assert seen.refused["handshakes"] > lost


# --------------------------------------------------------------------------------------------------- loads and the bill


def test_bill_of_a_simulated_message_is_that_of_bench_quick() -> None:
    load = Load(sockets=600, rate=20, seconds=60, warm_up=5)
    outcome = run(load, read_quotas(), EXACT, read_steps())

    per_message = outcome.usd / 3_600 / load.rate * 1e6
    counted = get_turn(read_counts(), BOT)
    counted |= {"log": 0, "standard_queue": 0, "minute": load.sockets / load.rate / 60, REQUESTS: 0}
    one_turn = next(path for path in list_paths() if path.turns == 1)
    # Cold starts, pings and messages that come at random times.
    assert per_message == pytest.approx(bill(one_turn, counted), rel=0.06)


def test_same_seed_gives_the_same_result_and_another_one_another() -> None:
    load = Load(sockets=100, rate=20, seconds=5, warm_up=1)
    first, second = (run(load, read_quotas(), read_latency(), read_steps(), seed=3) for _ in range(2))
    other = run(load, read_quotas(), read_latency(), read_steps(), seed=4)

    assert first.seen.answered == second.seen.answered
    assert first.seen.answered != other.seen.answered


def test_a_part_of_the_load_and_of_the_quotas_uses_the_same_share() -> None:
    load = Load(sockets=20_000, rate=800, seconds=15, warm_up=2)
    outcomes = [run(replace(load, parts=parts), read_quotas(), read_latency(), read_steps()) for parts in (2, 10)]

    shares = [outcome.asked["SessionsTable_write"] for outcome in outcomes]
    assert shares[0] == pytest.approx(shares[1], rel=0.1)
    assert 0.5 < shares[0] < 1
    assert outcomes[0].usd == pytest.approx(outcomes[1].usd, rel=0.1)


def test_executions_that_cannot_be_divided_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be divided by 7"):
        read_quotas().divide(7)


# ----------------------------------------------------------------------------------------------------------- arithmetic


def test_demand_of_a_load_is_within_the_quotas_that_it_needs() -> None:
    demand = compute_demand(read_steps(), BOT, read_latency(), rate=5_000, sockets=500_000)

    assert max(demand.find_shares(read_quotas()).values()) > 1
    raised = raise_quotas(read_quotas(), demand, step=1)
    assert max(demand.find_shares(raised).values()) <= 0.701
    assert raised.invocations.value == 10 * raised.executions


def test_committed_results_are_of_the_recorded_requests() -> None:
    computed = build_capacity(Stack.of_template(describe_origin()))
    committed = read_figures()["simulation_capacity"]

    advice = "run `python -m bench.simulation` and `make documents`"
    assert list(map(list, committed.build_table())) == list(map(list, computed.build_table())), advice


def test_silent_connection_pings_in_its_interval_and_a_busy_one_never() -> None:
    interval = read_timing()["pingInterval"]

    assert compute_pings(0, 600) == 600 / interval
    assert compute_pings(600, 600) < 1e-9


def test_every_quota_that_a_load_asks_for_has_a_name_for_the_page() -> None:
    outcome = run(Load(sockets=10, rate=1, seconds=5, warm_up=0), read_quotas(), EXACT, read_steps())
    demand = compute_demand(read_steps(), BOT, EXACT, rate=1, sockets=10)

    assert [name for name in outcome.asked if "_" in describe_bucket(name).replace("`", " ")] == []
    assert all(get_limit(read_quotas(), name) for name in demand.units)
