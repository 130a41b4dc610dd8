"""The use case of the authorizer. Most callers bring a token, so the stores load for the first one who does not."""

from conversations.adapters.oidc import IssuerKeys, OidcTokenVerifier
from conversations.bootstrap.once import once
from conversations.config import identity_settings
from conversations.domain import timestamps
from conversations.domain.usage_plans import UsagePlans
from conversations.ports.conversations import VisitorTokenStore
from conversations.ports.identity import TicketStore
from conversations.services.identity import IdentityService


@once
def identity_service() -> IdentityService:
    """Return the authorizer's use case."""
    config = identity_settings()
    keys = IssuerKeys(config.oidc_issuer, config.oidc_jwks_url)
    return IdentityService(
        tokens=OidcTokenVerifier(
            issuer=config.oidc_issuer,
            audience=config.oidc_audience,
            groups_claim=config.oidc_groups_claim,
            partner_group=config.partner_group,
            keys=keys,
        ),
        visitors=_load_visitor_tokens,
        tickets=_load_tickets,
        now=timestamps.now,
    )


@once
def usage_plans() -> UsagePlans:
    """Return the usage plans of this deployment."""
    config = identity_settings()
    return UsagePlans(config.partner_group, config.plan_key_suffix)


def _load_visitor_tokens() -> VisitorTokenStore:
    from conversations.bootstrap.stores import visitor_token_store  # noqa: PLC0415 - loads the clients of AWS

    return visitor_token_store()


def _load_tickets() -> TicketStore:
    from conversations.bootstrap.tickets import ticket_store  # noqa: PLC0415 - loads the clients of AWS

    return ticket_store()
