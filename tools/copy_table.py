"""Copy the items of a restored table into the stack's table: ``python -m tools.copy_table --from NAME --to NAME``.

Point-in-time recovery restores into a new table, and CloudFormation cannot put that in the place of the stack's table.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONDITION_FAILED = "ConditionalCheckFailedException"


def copy_items(dynamodb: "DynamoDBClient", source: str, target: str) -> tuple[int, int]:
    """Copy the items that the target does not have; return how many were copied, and how many were there.

    An item of the target is never replaced: it is newer. So an interrupted copy can be repeated, also while the stack
    is in use.

    Raises
    ------
    ClientError
        If a table does not exist, or its keys are others.
    """
    keys = dynamodb.describe_table(TableName=target)["Table"]["KeySchema"]
    names = {f"#key{number}": key["AttributeName"] for number, key in enumerate(keys)}
    condition = " AND ".join(f"attribute_not_exists({name})" for name in names)
    copied = kept = 0
    for page in dynamodb.get_paginator("scan").paginate(TableName=source, ConsistentRead=True):
        for item in page["Items"]:
            try:
                dynamodb.put_item(
                    TableName=target, Item=item, ConditionExpression=condition, ExpressionAttributeNames=names
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != _CONDITION_FAILED:
                    raise
                kept += 1
            else:
                copied += 1
    return copied, kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.copy_table", description="Copy items into a table.")
    parser.add_argument("--from", required=True, dest="source", metavar="NAME", help="the restored table")
    parser.add_argument("--to", required=True, dest="target", metavar="NAME", help="the table of the stack")
    parser.add_argument("--endpoint-url", help="the URL of an AWS emulator (default: AWS)")
    options = parser.parse_args(arguments)
    client = boto3.client("dynamodb", endpoint_url=options.endpoint_url)
    try:
        copied, kept = copy_items(client, options.source, options.target)
    except ClientError as error:
        print(f"AWS error: {error}", file=sys.stderr)
        return 1
    print(f"copied {copied} items; {kept} were in {options.target} already")
    return 0


if __name__ == "__main__":
    sys.exit(main())
