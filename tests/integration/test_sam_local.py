"""``sam local start-api`` understands the template. Running the API itself would need Docker."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The steps of SAM CLI's `local start-api` before it starts containers, run in SAM's own virtual environment.
_ROUTES = """
import json
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
stacks, _ = SamLocalStackProvider.get_stacks("template.yaml")
routes = ApiProvider(stacks).api.routes
print(json.dumps({f"{method} {route.path}": route.function_name for route in routes for method in route.methods}))
"""


def test_sam_local_finds_rest_routes() -> None:
    process = subprocess.run(
        [ROOT / ".venvs/sam/bin/python", "-c", _ROUTES],
        cwd=ROOT,
        env=os.environ | {"AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        check=True,
        text=True,
    )

    assert json.loads(process.stdout.splitlines()[-1]) == {
        "POST /conversations/start": "StartConversationFunction",
        "POST /conversations/{conversation_id}/messages": "SendMessageFunction",
        "PUT /conversations/{conversation_id}/messages/{message_id}/rating": "RateMessageFunction",
        "GET /conversations/{conversation_id}/history": "GetHistoryFunction",
        "HEAD /conversations/{conversation_id}/history": "GetHistoryFunction",
        "GET /conversations": "ListConversationsFunction",
        "HEAD /conversations": "ListConversationsFunction",
        "GET /conversations/{conversation_id}": "GetConversationFunction",
        "HEAD /conversations/{conversation_id}": "GetConversationFunction",
        "PATCH /conversations/{conversation_id}": "UpdateConversationFunction",
        "DELETE /conversations/{conversation_id}": "DeleteConversationFunction",
        "GET /bots": "ListBotsFunction",
        "HEAD /bots": "ListBotsFunction",
        "POST /tickets": "CreateTicketFunction",
        "GET /me/export": "ExportMeFunction",
        "HEAD /me/export": "ExportMeFunction",
        "DELETE /me": "DeleteMeFunction",
        "GET /openapi.json": "GetOpenapiFunction",
        "HEAD /openapi.json": "GetOpenapiFunction",
        "GET /openai/v1/models": "ListModelsFunction",
        "HEAD /openai/v1/models": "ListModelsFunction",
        "POST /openai/v1/chat/completions": "CreateChatCompletionFunction",
        "POST /agents/{bot_id}/ag-ui": "RunAgentFunction",
        "POST /conversations/claim": "ClaimConversationFunction",
        "POST /{bot_id}/webhook/{name}": "WebhookFunction",
        "POST /conversations/{conversation_id}/files": "CreateUploadFunction",
        "GET /conversations/{conversation_id}/files/{file_id}": "GetFileFunction",
        "HEAD /conversations/{conversation_id}/files/{file_id}": "GetFileFunction",
        "GET /connections/check": "CheckConnectionFunction",
        "HEAD /connections/check": "CheckConnectionFunction",
        "GET /health": "HealthFunction",
        "HEAD /health": "HealthFunction",
    }
