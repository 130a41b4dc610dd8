"""Configuration: the environment variables that ``template.yaml`` sets, validated once.

A field has the name of its variable in lower case.
"""

import os
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from conversations.domain.texts import DIGITS

_CONFIG = ConfigDict(frozen=True, extra="ignore", defer_build=True, alias_generator=str.upper)

Name = Annotated[str, Field(min_length=3)]
"""The name of a table or bucket."""

Url = Annotated[str, Field(min_length=8)]


class Settings(BaseModel):
    """The configuration of every function."""

    model_config = _CONFIG

    sessions_table: Name
    message_history_table: Name
    visitor_messages_table: Name
    limits_table: Name
    tickets_table: Name
    connections_table: Name
    bots_table: Name
    bots_bucket: Name
    drive_bucket: Name
    bot_data_table: Name
    turns_queue_url: Url
    turns_dead_letter_queue_url: Url
    waiting_turns_queue_url: Url
    waiting_turns_dead_letter_queue_url: Url
    expiries_queue_url: Url
    delayed_messages_queue_url: Url
    erasures_queue_url: Url
    outbox_queue_url: Url
    automations_queue_url: Url
    websocket_endpoint: Url
    websocket_url: Url
    rest_url: Literal[""] | Url = ""
    upload_url: Literal[""] | Url = ""
    default_bot_id: str = Field(min_length=1)
    anonymous_connect_limit: Annotated[int, Field(ge=1, le=1_000), DIGITS]
    visitor_bots: str = ""
    mail_from: str = ""
    mail_limit: Annotated[int, Field(ge=1, le=1_000_000), DIGITS] = 200
    sms_from: str = ""
    sms_limit: Annotated[int, Field(ge=1, le=1_000_000), DIGITS] = 100
    allowed_origins: str = ""
    local_endpoints: Literal["", "allowed"] = ""

    def list_allowed_origins(self) -> list[str]:
        """Return the origins whose pages may call the REST API."""
        return [origin for origin in self.allowed_origins.split(",") if origin]

    def list_visitor_bots(self) -> list[str]:
        """Return the ids of the bots that visitors may choose beside the default one."""
        return [bot_id for bot_id in self.visitor_bots.split(",") if bot_id]

    def allows_local_endpoints(self) -> bool:
        """Return whether models and bot servers may run on this machine: on the local stack only."""
        return self.local_endpoints == "allowed"


class IdentitySettings(BaseModel):
    """The additional configuration of the authorizer."""

    model_config = _CONFIG

    oidc_issuer: Url
    oidc_audience: str = Field(min_length=1)
    oidc_jwks_url: str = ""
    oidc_groups_claim: str = Field(min_length=1)
    plan_key_suffix: str = Field(min_length=20)
    partner_group: str = Field(min_length=1)


class ConnectSettings(BaseModel):
    """The additional configuration of the function that opens connections."""

    model_config = _CONFIG

    distribution_secret: str = Field(default="", repr=False)


class ScheduleSettings(BaseModel):
    """The additional configuration of the function that creates schedules."""

    model_config = _CONFIG

    schedules: str = Field(min_length=1)


@cache
def settings() -> Settings:
    """Read the environment once; after ``settings.cache_clear()`` the next call reads it again."""
    return Settings.model_validate(dict(os.environ))


@cache
def identity_settings() -> IdentitySettings:
    """Read the authorizer's configuration once."""
    return IdentitySettings.model_validate(dict(os.environ))


@cache
def schedule_settings() -> ScheduleSettings:
    """Read the configuration of the function that creates schedules once."""
    return ScheduleSettings.model_validate(dict(os.environ))


@cache
def connect_settings() -> ConnectSettings:
    """Read the configuration of the function that opens connections once."""
    return ConnectSettings.model_validate(dict(os.environ))
