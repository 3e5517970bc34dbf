"""The policies that a check is asked for: all at once, so that a mistake in a name is told at the call."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from account_sanctions.application.checking import policies_named
from account_sanctions.application.policies.finding import UnknownPolicy


def test_every_version_of_each_policy_in_the_order_of_the_names() -> None:
    found = policies_named(["wechat-official-accounts", "default"])
    # pytest warns of parameters that can be gone through only once.
    assert isinstance(found, Collection)
    names = ["wechat-official-accounts@2022-03", "wechat-official-accounts@2022-06", "default@1"]
    assert [policy.name for policy in found] == names


def test_unknown_name_is_told_before_anything_is_checked() -> None:
    with pytest.raises(UnknownPolicy, match="no policy 'unheard-of'"):
        policies_named(["default", "unheard-of"])
