"""The feed of verdicts that changed: valid, with stable ids, with what earlier runs found."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.report.exports.feed import entries, feed
from checks.run_diff import Flip
from datasets.errors import InputError
from datasets.settings import Publication
from tests import support_report as sample
from tests.support_atom import ATOM, problems

SITE = Publication("https://example.org/checks/", "The <Desk> & Sons", "https://example.org/")
NOWHERE = Publication()
LATER = replace(
    sample.RUN, run_id="20261123T020000Z-9a8b7c", started=sample.RUN.started + dt.timedelta(days=1)
)


def flip(claim: str = "a1", **more: str) -> Flip:
    diff = sample.changes().diff
    assert diff is not None
    return replace(diff.flips[0], claim=claim, **more)


def sample_flips() -> tuple[Flip, ...]:
    diff = sample.changes().diff
    assert diff is not None
    assert len(diff.flips) == 2
    return diff.flips


@pytest.mark.parametrize("publication", [SITE, NOWHERE])
@pytest.mark.parametrize("flips", [(), sample_flips()])
def test_every_feed_is_valid(publication: Publication, flips: tuple[Flip, ...]) -> None:
    assert problems(feed(flips, sample.RUN, publication, None)) == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("<updated>yesterday</updated>", "<updated>2026-11-22T07:55:00+00:00</updated>"),
        ("", "<title>Verdicts that changed</title>"),
        ("<name></name>", "<name>crimeclaims</name>"),
        ("<id>a b</id>", None),
        ("<feed>", None),
    ],
)
def test_the_checker_refuses_what_the_standard_does(wrong: str, right: str | None) -> None:
    good = feed(sample_flips(), sample.RUN, NOWHERE, None)
    if right is None:
        bad = wrong if wrong == "<feed>" else good.replace(good[good.index("<id>") :][:55], wrong)
    else:
        assert right in good
        bad = good.replace(right, wrong, 1)
    assert problems(bad)


def test_an_entry_says_what_changed_and_why() -> None:
    [entry] = entries(feed([flip()], sample.RUN, SITE, None))
    changed = flip()
    assert entry.title == "a1: Conflicting, was refuted"
    assert entry.updated == "2026-11-22T07:55:00+00:00"
    said = " ".join(entry.paragraphs)
    assert changed.said in said
    assert changed.sentence_after in said
    assert all(reason in said for reason in changed.reasons)


@pytest.mark.parametrize(
    ("publication", "href"),
    [(SITE, "https://example.org/checks/claims/a1.html"), (NOWHERE, "claims/a1.html")],
)
def test_links_lead_to_the_page_of_the_claim(publication: Publication, href: str) -> None:
    root = ET.fromstring(feed([flip()], sample.RUN, publication, None))
    [link] = root.findall(f"{ATOM}entry/{ATOM}link")
    assert link.get("href") == href
    own = [x.get("href") for x in root.findall(f"{ATOM}link") if x.get("rel") == "self"]
    assert own == (["https://example.org/checks/feed.atom"] if publication is SITE else [])


def test_earlier_entries_are_kept_as_they_were_newest_first() -> None:
    first = feed(sample_flips(), sample.RUN, NOWHERE, None)
    second = feed([flip("b8")], LATER, NOWHERE, first)
    kept = entries(second)
    assert [entry.path for entry in kept] == [
        *("claims/b8.html", "claims/a1.html", "claims/z1.html"),
    ]
    assert kept[1:] == entries(first)
    assert problems(second) == []
    # Nothing changed: the feed is as it was, to the byte.
    assert feed([], replace(LATER, run_id="other"), NOWHERE, second) == second


def test_ids_stay_when_the_site_moves_and_links_follow() -> None:
    first = feed([flip()], sample.RUN, NOWHERE, None)
    moved = feed([], LATER, SITE, first)
    [before], [after] = entries(first), entries(moved)
    assert after == before
    assert "https://example.org/checks/claims/a1.html" in moved
    assert entries(feed([], LATER, NOWHERE, moved)) == [before]


def test_the_same_flip_in_another_run_is_another_entry() -> None:
    first = feed([flip()], sample.RUN, NOWHERE, None)
    assert len({e.id for e in entries(feed([flip()], LATER, NOWHERE, first))}) == 2
    # The same run written again does not say it twice.
    assert feed([flip()], sample.RUN, NOWHERE, first) == first


def test_a_feed_does_not_grow_for_ever() -> None:
    text: str | None = None
    for n in range(5):
        run = replace(
            sample.RUN, run_id=f"run-{n}", started=sample.RUN.started + dt.timedelta(days=n)
        )
        text = feed([flip("a1"), flip("b8")], run, NOWHERE, text, limit=3)
    assert text is not None
    days = [entry.updated[:10] for entry in entries(text)]
    assert days == ["2026-11-26", "2026-11-26", "2026-11-25"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_words_stay_text_of_a_valid_feed(words: str) -> None:
    text = feed([flip(said=words, sentence_after=words)], sample.RUN, NOWHERE, None)
    assert problems(text) == []
    [entry] = entries(text)
    assert len(entry.paragraphs) == 4
    assert entries(feed([], LATER, NOWHERE, text)) == [entry]


@pytest.mark.parametrize(
    "text",
    ["", "<rss/>", '<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>', "<!DOCTYPE a"],
)
def test_what_is_no_feed_of_ours_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="feed of the run before"):
        entries(text)
