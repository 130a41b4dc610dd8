"""The usage plans of API Gateway: one plan with one key per tier."""

from conversations.data_classes import dataclass
from conversations.domain.principal import Principal


@dataclass(frozen=True, slots=True)
class UsagePlans:
    """The keys of the usage plans.

    Attributes
    ----------
    partner_group
        The group whose members are on the partner plan; all others are on the free plan.
    key_suffix
        What makes the keys of this deployment unguessable.
    """

    partner_group: str
    key_suffix: str

    def get_key(self, principal: Principal) -> str:
        """Return the key of the caller's plan."""
        tier = "partner" if self.partner_group in principal.groups else "free"
        return f"{tier}-{self.key_suffix}"
