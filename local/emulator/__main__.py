"""``python -m local.emulator``: runs MiniStack on the port in ``GATEWAY_PORT``."""

import sys
import zipfile
from types import SimpleNamespace

from ministack import app as ministack
from ministack.core import iam_actions, lambda_runtime
from ministack.services import apigateway, eventbridge, lambda_svc, scheduler, ses_v2, sns, sqs

from local.emulator.browser_guard import BrowserGuard
from local.emulator.mail_attachments import keep_attachments
from local.emulator.mail_permissions import find_sender
from local.emulator.model_permissions import name_as_iam_does
from local.emulator.received_messages import release_received_messages
from local.emulator.resource_names import name_resources
from local.emulator.saved_states import save_changing_states
from local.emulator.schedule_permissions import find_schedule
from local.emulator.schedule_zones import tick_in_zones
from local.emulator.scheduled_input import fill_in_input
from local.emulator.shared_archives import SharedZipFile
from local.emulator.sms_times import note_times
from local.emulator.socket_failures import SocketFailures, respond_if_failed, select_default_if_too_deep
from local.emulator.stream_positions import forget_positions_in


def main() -> None:
    """Replace what MiniStack looks up in its modules when it serves a request, and run it."""
    # Private names, so an upgrade of MiniStack may need a change here; tests/stack covers each.
    apigateway._evaluate_route_selection = select_default_if_too_deep(apigateway._evaluate_route_selection)  # noqa: SLF001
    apigateway._invoke_ws_lambda = respond_if_failed(apigateway._invoke_ws_lambda)  # noqa: SLF001
    eventbridge._invoke_target = fill_in_input(eventbridge._invoke_target)  # noqa: SLF001
    scheduler._tick_schedules = tick_in_zones(scheduler)  # noqa: SLF001
    iam_actions.extract_iam_action = name_as_iam_does(iam_actions.extract_iam_action)
    iam_actions.extract_resource_arn = name_resources(iam_actions.extract_resource_arn, find_sender, find_schedule)
    ses_v2._parse_raw_mime = keep_attachments(ses_v2._parse_raw_mime)  # noqa: SLF001
    sns._sms_log_for = note_times(sns._sms_log_for)  # noqa: SLF001
    lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": SharedZipFile})
    lambda_svc._restore_esm_positions = forget_positions_in(  # noqa: SLF001
        lambda_svc._dynamodb_stream_positions,  # noqa: SLF001
        lambda_svc._restore_esm_positions,  # noqa: SLF001
    )
    sqs.load_persisted_state = release_received_messages(sqs._queues, sqs.load_persisted_state)  # noqa: SLF001
    ministack.save_all = save_changing_states(ministack.save_all)
    ministack.app = BrowserGuard(SocketFailures(ministack.app))
    sys.exit(ministack.main())


if __name__ == "__main__":
    main()
