"""Send a message with the client of openapi-python-client; the arguments are the base URL and a token.

The package ``conversations_client``, which the generator wrote, must be importable.
"""

import json
import sys

from conversations_client import AuthenticatedClient
from conversations_client.api.conversations import start_conversation
from conversations_client.api.messages import send_message
from conversations_client.models import ConversationStarted, MessageAccepted, Problem, SendMessageRequest
from conversations_client.models import StartConversationRequest as StartRequest

_, base_url, token = sys.argv

with AuthenticatedClient(base_url, token) as client:
    started = start_conversation.sync(client=client, body=StartRequest())
    assert isinstance(started, ConversationStarted), started
    conversation_id = started.conversation_id

    sent = send_message.sync(
        conversation_id, client=client, body=SendMessageRequest(content="Hello from openapi-python-client")
    )
    assert isinstance(sent, MessageAccepted), sent

    refused = send_message.sync(conversation_id, client=client, body=SendMessageRequest(content=""))
    assert isinstance(refused, Problem), refused

print(json.dumps({"conversation_id": conversation_id, "status": sent.status, "error": refused.error}))
