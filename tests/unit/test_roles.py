"""ALLOW ROLE: who has none of the roles gets no further, whatever they do."""

import pytest

from basic.config import REFUSED
from conversations.domain.principal import Principal
from tests.builders import a_user, a_visitor
from tests.fakes.models import calls, says
from tests.fakes.scripts import ScriptWorld

SCRIPT = 'ALLOW ROLE "sales", "board"\nTALK "Welcome."\nHEAR name\nTALK "Hello " + name'
ADA, EVE = a_user("ada"), a_user("eve", "staff", "board")


def test_user_with_one_of_the_roles_passes() -> None:
    assert ScriptWorld(SCRIPT).chat("Eve", owner=EVE) == ["Welcome.", "Hello Eve"]


@pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])
def test_anyone_else_is_refused_with_every_message(owner: Principal) -> None:
    world = ScriptWorld(SCRIPT)

    assert world.chat("Let me in", "Please", owner=owner) == [REFUSED] * 3


@pytest.mark.parametrize("roles", ['"sales, board"', '"sales;board"', '"sales",  "board"', '"board"'])
def test_roles_may_be_one_text_or_several(roles: str) -> None:
    world = ScriptWorld(f'ALLOW ROLE {roles}\nTALK "Welcome."')

    assert world.chat(owner=EVE) == ["Welcome."]
    assert world.chat(owner=ADA) == [REFUSED]


def test_on_error_resume_next_does_not_skip_it() -> None:
    assert ScriptWorld(f"ON ERROR RESUME NEXT\n{SCRIPT}").chat("Go", owner=ADA) == [REFUSED, REFUSED]


def test_refused_user_does_not_reach_the_model() -> None:
    world = ScriptWorld('SET CONTEXT "The code is 7."\nALLOW ROLE "board"\nTALK "Ask."', llm_model="small")

    assert world.chat("What is the code?", owner=ADA) == [REFUSED, REFUSED]
    assert world.models.requests == []


def test_quick_reply_of_a_tool_does_not_lead_past_it() -> None:
    script = 'ADD SUGGESTION TOOL "code" AS "Code"\nALLOW ROLE "board"'
    world = ScriptWorld(script, {"code": 'TALK "The code is 7."'})

    assert world.chat("Code", owner=ADA) == [REFUSED, REFUSED]


def test_user_who_has_the_role_now_begins_the_dialog() -> None:
    world = ScriptWorld(SCRIPT)
    conversation = world.start_conversation(ADA)

    world.send(conversation, "Hello", a_user("ada", "sales"))
    world.send(conversation, "Ada", a_user("ada", "sales"))

    assert world.get_bot_messages(conversation) == [REFUSED, "Welcome.", "Hello Ada"]


def test_user_who_has_lost_the_role_is_refused_in_the_middle_of_the_dialog() -> None:
    world = ScriptWorld(SCRIPT)
    conversation = world.start_conversation(a_user("ada", "sales"))

    world.send(conversation, "Ada", ADA)

    assert world.get_bot_messages(conversation) == ["Welcome.", REFUSED]


def test_role_of_a_tool_is_for_the_tool() -> None:
    world = ScriptWorld(
        'USE TOOL "code"\nTALK "Ask."',
        {"code": 'DESCRIPTION "Tells the code."\nALLOW ROLE "board"\nRETURN "The code is 7."'},
        llm_model="small",
    )
    world.models.answers = [calls("code"), says("I may not."), says("Fine.")]

    assert world.chat("The code?", "Then how are you?", owner=ADA) == ["Ask.", "I may not.", "Fine."]
    assert "7" not in str(world.models.list_prompts())
    world.models.answers = [calls("code"), says("It is 7.")]
    assert world.chat("The code?", owner=EVE) == ["Ask.", "It is 7."]


def test_refusal_is_in_the_language_of_the_bot() -> None:
    assert ScriptWorld(SCRIPT, locale="de").chat(owner=ADA) == ["Sie dürfen das nicht benutzen."]
