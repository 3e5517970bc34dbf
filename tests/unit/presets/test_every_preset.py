"""What holds for every published ladder: it is there under its name, says where it comes from, and is free of mistakes."""

from __future__ import annotations

import pytest
from account_sanctions.application.policies import find_policy
from account_sanctions.application.policies.finding import built_in_names
from account_sanctions.domain.policies.checks import check_policy
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT, MEDIAWIKI, OFFICIAL_ACCOUNT_FUNCTIONS
from msgspec import UNSET

from tests.unit.scenario import Account

_CRYPTO = "illegal-business.virtual-currency"
_COLLECTIBLES = "illegal-business.digital-collectibles-secondary-trading"

# Name: versions with their clauses, and the confidence in the source.
_PUBLISHED: dict[str, tuple[dict[str, set[str]], str]] = {
    "wechat-official-accounts": ({"2022-03": {_CRYPTO}, "2022-06": {_CRYPTO, _COLLECTIBLES}}, "A"),
    "whaletalk-digital-collectibles": ({"2022-06": {"otc-trading", "speculation-tools"}}, "C"),
    "wechat-plagiarism-2015": ({"1": {"plagiarism", "original-mark-misuse"}}, "B"),
    "wechat-mini-program-sharing": ({"1": {"share-abuse", "share-abuse-malicious"}}, "C"),
    "wecom-external-contact": ({"1": {"external-contact-abuse"}}, "B"),
    "weibo-flooding": ({"1": {"flooding"}}, "C"),
    "youtube-2023": ({"1": {"community-guidelines", "severe-abuse"}}, "B"),
    "youtube-2018": ({"1": {"community-guidelines"}}, "C"),
    "xbox-2023": ({"1": {"minor", "moderate", "severe"}}, "B"),
    "facebook-2022": ({"1": {"community-standards"}}, "A"),
    "facebook-2023": ({"1": {"community-standards"}}, "B"),
    "twitter-covid-2021": ({"1": {"covid-misinformation"}}, "B"),
    "twitch-2025": ({"1": {"low", "high"}}, "B"),
    "osu-silence": ({"1": {"chat-abuse"}}, "A"),
    "ozone-test": ({"1": {"sev-0", "sev-1", "sev-2", "sev-4", "sev-5"}}, "A"),
    "cairn-mod": ({"1": {"hate", "harassment", "threats", "spam", "misinformation", "nsfw", "other"}}, "A"),
    "coop-example": ({"1": {"spam", "harassment", "hate"}}, "A"),
    "wiki-matrix": ({"1": {"vandalism", "swearing", "racism", "impersonation"}}, "A"),
    "dsa-article-23": ({"1": {"manifestly-illegal", "manifestly-unfounded-notices"}}, "A"),
}
_OWN_FUNCTIONS: dict[str, set[str]] = {
    "whaletalk-digital-collectibles": {"transfer", "buy"},
    "wechat-mini-program-sharing": {"share", "customer_service"},
    "wecom-external-contact": {"external_contact"},
    "youtube-2023": {"upload", "live", "thumbnail", "post", "playlist"},
    "youtube-2018": {"upload", "live"},
    "xbox-2023": {"messages", "parties", "chat", "multiplayer"},
    "facebook-2022": {"create_content"},
    "facebook-2023": {"groups_post", "create_content"},
    "twitter-covid-2021": {"post"},
    "twitch-2025": {"stream", "chat"},
    "osu-silence": {"chat"},
    "coop-example": {"post"},
}
_POLICIES = [policy for name in _PUBLISHED for policy in find_policy(name).versions]
each_policy = pytest.mark.parametrize("policy", _POLICIES, ids=lambda policy: policy.name)


def test_built_in_policies_are_the_published_ones_and_three_more() -> None:
    assert set(built_in_names()) == {*_PUBLISHED, "default", "mediawiki", "wechat-mini-programs"}


@pytest.mark.parametrize("name", _PUBLISHED)
def test_preset_has_its_versions_and_their_clauses(name: str) -> None:
    book = find_policy(name)
    assert book.id == name
    assert {policy.version: set(policy.clauses or ()) for policy in book.versions} == _PUBLISHED[name][0]


@each_policy
def test_preset_is_free_of_mistakes(policy: Policy) -> None:
    assert check_policy(policy) == []


@each_policy
def test_preset_says_where_it_comes_from_and_how_sure_that_is(policy: Policy) -> None:
    assert len(policy.description) > 100
    assert len(policy.source) > 20
    assert "\n" not in policy.description + policy.source
    assert policy.confidence == _PUBLISHED[policy.id][1]


@each_policy
def test_description_repeats_the_confidence_in_words(policy: Policy) -> None:
    words = {"B": "everal consistent secondary sources", "C": "One source"}
    if policy.id == "wechat-plagiarism-2015":
        assert "some say 14 days instead of 15" in policy.description
    elif policy.confidence in words:
        assert words[policy.confidence] in policy.description


@each_policy
def test_preset_lets_its_steps_ban_without_a_second_person(policy: Policy) -> None:
    assert policy.second_person == ()


@each_policy
def test_what_a_preset_does_not_say_is_what_the_default_says(policy: Policy) -> None:
    assert policy.appeal == DEFAULT.appeal
    assert policy.separate_reviewer == DEFAULT.separate_reviewer
    assert policy.proposal_ttl == DEFAULT.proposal_ttl
    assert policy.clock == DEFAULT.clock
    assert policy.withheld_rights == {}
    assert set(policy.functions) == _OWN_FUNCTIONS.get(policy.id, set(OFFICIAL_ACCOUNT_FUNCTIONS))


@each_policy
def test_every_step_takes_functions_of_the_catalogue(policy: Policy) -> None:
    for ladder in policy.ladders.values():
        for step in ladder.steps:
            for penalty in step.impose:
                announced = () if penalty.order is UNSET else penalty.order.on_default
                taken = [one.restrict for one in announced if one.restrict is not UNSET]
                named = {str(function) for functions in taken for function in functions} | penalty.functions
                assert all(policy.knows_function(function) for function in named)


def test_mediawiki_takes_any_clause_and_the_importers_among_them() -> None:
    account = Account(MEDIAWIKI).given("record_violation", at="+0d", clause="block")
    account.when("report_violation", at="+0d", clause="anything").then("ViolationRecorded")
