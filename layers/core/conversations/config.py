"""What the deployment tells the code: the environment, validated once. The names are those of ``template.yaml``."""

import os
from functools import cache

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """What every function is told."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sessions_table: str = Field(alias="SESSIONS_TABLE", min_length=3)
    message_history_table: str = Field(alias="MESSAGE_HISTORY_TABLE", min_length=3)
    visitor_messages_table: str = Field(alias="VISITOR_MESSAGES_TABLE", min_length=3)
    limits_table: str = Field(alias="LIMITS_TABLE", min_length=3)
    tickets_table: str = Field(alias="TICKETS_TABLE", min_length=3)
    connections_table: str = Field(alias="CONNECTIONS_TABLE", min_length=3)
    bots_table: str = Field(alias="BOTS_TABLE", min_length=3)
    bots_bucket: str = Field(alias="BOTS_BUCKET", min_length=3)
    bot_data_table: str = Field(alias="BOT_DATA_TABLE", min_length=3)
    replies_queue_url: str = Field(alias="TURNS_QUEUE_URL", min_length=8)
    dead_letters_queue_url: str = Field(alias="TURNS_DEAD_LETTER_QUEUE_URL", min_length=8)
    expiries_queue_url: str = Field(alias="EXPIRIES_QUEUE_URL", min_length=8)
    tellings_queue_url: str = Field(alias="DELAYED_MESSAGES_QUEUE_URL", min_length=8)
    erasures_queue_url: str = Field(alias="ERASURES_QUEUE_URL", min_length=8)
    websocket_endpoint: str = Field(alias="WEBSOCKET_ENDPOINT", min_length=8)
    websocket_url: str = Field(alias="WEBSOCKET_URL", min_length=5)
    default_bot_id: str = Field(alias="DEFAULT_BOT_ID", min_length=1)
    anonymous_connect_limit: int = Field(alias="ANONYMOUS_CONNECT_LIMIT", ge=1, le=1_000)
    allowed_origins: str = Field(default="", alias="ALLOWED_ORIGINS")

    def allows_origin(self, origin: str) -> bool:
        """Tell whether pages of this origin may call the REST API."""
        return origin in self.allowed_origins.split(",") if origin else False


class IdentitySettings(BaseModel):
    """What the authorizer is told besides."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str = Field(alias="OIDC_ISSUER", min_length=8)
    audience: str = Field(alias="OIDC_AUDIENCE", min_length=1)
    jwks_url: str = Field(default="", alias="OIDC_JWKS_URL")
    groups_claim: str = Field(alias="OIDC_GROUPS_CLAIM", min_length=1)
    plan_key_suffix: str = Field(alias="PLAN_KEY_SUFFIX", min_length=20)
    partner_group: str = Field(alias="PARTNER_GROUP", min_length=1)


@cache
def settings() -> Settings:
    """Read the environment; ``settings.cache_clear()`` makes the next call read it anew."""
    return Settings.model_validate(dict(os.environ))


@cache
def identity_settings() -> IdentitySettings:
    """Read the authorizer's part of the environment."""
    return IdentitySettings.model_validate(dict(os.environ))
