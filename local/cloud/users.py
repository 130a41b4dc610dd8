"""Creates users of the stack's user pool."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.errors import LocalStackError

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


def create_user(client: "CognitoIdentityProviderClient", outputs: dict[str, str], email: str) -> None:
    """Create a user with an e-mail address, to which Cognito sends a temporary password.

    Raises
    ------
    LocalStackError
        If the stack has no user pool, or Cognito refuses the user.
    """
    if "UserPoolId" not in outputs:
        raise LocalStackError("The users of this stack are those of OidcIssuer; create them there.")
    if "@" not in email:
        raise LocalStackError("Usage: make user EMAIL=ana@example.com ENV=default")
    try:
        client.admin_create_user(
            UserPoolId=outputs["UserPoolId"],
            Username=email.partition("@")[0],
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            DesiredDeliveryMediums=["EMAIL"],
        )
    except ClientError as error:
        raise LocalStackError(error.response["Error"].get("Message", str(error))) from None
