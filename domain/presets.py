"""The built-in policies."""

from __future__ import annotations

from typing import Final

from .events import AppealTerms
from .policies.policy import Policy

__all__ = ["DEFAULT", "MEDIAWIKI", "OFFICIAL_ACCOUNT_FUNCTIONS", "PRESETS", "WECHAT_MINI_PROGRAMS"]

# What WeChat's console can restrict for an official account, and three that other rules of the platform name.
OFFICIAL_ACCOUNT_FUNCTIONS: Final = (
    "mass_send",
    "original_mark",
    "tipping",
    "ad_revenue",
    "comments",
    "be_followed",
    "be_found_in_search",
    "external_links",
    "share_to_moments",
    "auto_reply",
    "custom_menu",
    "private_chat",
    "preview",
    "js_sdk_share",
    "template_messages",
    "customer_service",
    "read_original_link",
    "links_in_articles",
    "developer_messages",
    "jump_home",
    "follow_home",
    "qr_code_interface",
    "qr_code_default",
    "qr_follow_temporary",
    "qr_follow_permanent",
    "monetize",
    "publish",
    "payment",
)

DEFAULT: Final = Policy(
    id="default",
    version="1",
    description=(
        "The functions of WeChat's official accounts; any clause may be cited; one appeal within six months, decided by "
        "somebody else; whatever results in a permanent ban needs a second person."
    ),
    source="WeChat, console of the official accounts (mp.weixin.qq.com): the functions that a penalty can take; the rest is ours",
    functions=OFFICIAL_ACCOUNT_FUNCTIONS,
)

MEDIAWIKI: Final = Policy(
    id="mediawiki",
    version="1",
    description=(
        "The functions that MediaWiki's blocks take away: pages and namespaces by pattern, and what the flags of a block "
        "name. No ladder, no second person, no limit of time for an appeal."
    ),
    source="MediaWiki, manual of blocks (www.mediawiki.org/wiki/Manual:Block_and_unblock), parameters of the block log",
    functions=("edit", "edit:page:*", "edit:namespace:*", "create_account", "send_email", "edit_own_talk"),
    appeal=AppealTerms(window=None, limit=1),
    second_person=(),
)

WECHAT_MINI_PROGRAMS: Final = Policy(
    id="wechat-mini-programs",
    version="1",
    description=(
        "What WeChat's penalty push takes from mini programs: functions and pages by pattern, and the listing. No ladder and no "
        "second person: for importing."
    ),
    source="WeChat, documentation for mini programs (developers.weixin.qq.com): the event wxa_punish_event and its fields",
    functions=("listing", "function:*", "page:*"),
    second_person=(),
)

PRESETS: Final = {policy.id: policy for policy in (DEFAULT, MEDIAWIKI, WECHAT_MINI_PROGRAMS)}
