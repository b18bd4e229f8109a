//! One chronology of everything.

use super::*;
use crate::casework::contacts::tests::{Bench, LUCIA, day};
use crate::casework::contacts::{self, Visibility};
use crate::casework::{CaseEvent, events_insert};
use crate::kernel::access::{self, May};
use crate::kernel::codes::{EventKind, System};
use crate::kernel::ids::{AccountId, ClientId};

fn event(kind: EventKind, code: &str, on: &str, note: &str, at: Instant) -> CaseEvent {
    CaseEvent {
        case: CaseId::from_text("case-1"),
        kind,
        code: code.to_owned(),
        system: Some(System::Benefits),
        organization: String::new(),
        occurred_on: day(on),
        ended_on: None,
        note: note.to_owned(),
        recorded_at: at,
        recorded_by: AccountId::from_text("ben"),
    }
}

async fn fill(bench: &Bench) {
    let ctx = bench.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    let events = [
        event(EventKind::Barrier, "waitlist", "2025-03-02", "100 % full_time", ctx.now),
        event(EventKind::Crisis, "eviction", "2025-04-01", "", ctx.now),
        event(EventKind::Contact, "visit", "2025-03-02", "", ctx.now),
    ];
    events_insert(&ctx, &mut tx, &events).await.unwrap();
    tx.commit().await.unwrap();
}

async fn shown(bench: &Bench, by: &str, filter: &Filter) -> Lines {
    let ctx = bench.by(by);
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(&ctx, &mut tx, ClientId::from_text(LUCIA), May::Read).await.unwrap();
    lines(&ctx, &tx, &grant, filter, None).await.unwrap()
}

fn said(lines: &Lines) -> Vec<String> {
    lines.lines.iter().map(|line| format!("{} {} {}", line.cursor.day, line.kind, line.code)).collect()
}

fn all() -> Filter {
    Filter { limit: 100, ..Filter::default() }
}

#[tokio::test]
async fn everything_stands_in_one_order_and_can_be_asked_for_alone() {
    let bench = Bench::new().await;
    fill(&bench).await;
    let lines = shown(&bench, "rosa", &all()).await;
    let expected = [
        "2025-04-01 crisis eviction",
        "2025-03-02 contact visit",
        "2025-03-02 barrier waitlist",
        "2025-01-15 case opened",
    ];
    assert_eq!(said(&lines), expected);
    let only = |change: fn(&mut Filter)| {
        let mut filter = all();
        change(&mut filter);
        filter
    };
    let table: [(Filter, &[&str]); 6] = [
        (only(|it| it.kind = "barrier".to_owned()), &expected[2..3]),
        (only(|it| it.from = Some(day("2025-03-03"))), &expected[..1]),
        (only(|it| it.to = Some(day("2025-02-01"))), &expected[3..]),
        // What stands for anything in a pattern stands for itself in a search.
        (only(|it| it.text = "100 %".to_owned()), &expected[2..3]),
        (only(|it| it.text = "FULL_TIME".to_owned()), &expected[2..3]),
        (only(|it| it.text = "0_%".to_owned()), &[]),
    ];
    for (filter, expected) in table {
        assert_eq!(said(&shown(&bench, "rosa", &filter).await), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_double() {
    let bench = Bench::new().await;
    fill(&bench).await;
    for _ in 0..5 {
        bench.note("rosa", "words", &Visibility::Team).await;
    }
    let whole = said(&shown(&bench, "rosa", &all()).await);
    assert_eq!(whole.len(), 9);
    let mut filter = Filter { limit: 2, ..Filter::default() };
    let mut ids = std::collections::BTreeSet::new();
    let mut paged = Vec::new();
    loop {
        let page = shown(&bench, "rosa", &filter).await;
        paged.extend(said(&page));
        ids.extend(page.lines.iter().map(|line| line.cursor.id.clone()));
        let Some(next) = page.next else { break };
        assert_eq!(Cursor::parse(&next.text()), Some(next.clone()));
        filter.before = Some(next);
    }
    assert_eq!((paged, ids.len()), (whole, 9));
}

#[tokio::test]
async fn what_is_new_is_what_others_recorded_since_the_last_look_half_an_hour_ago_or_more() {
    let bench = Bench::new().await;
    let looks = async || {
        let ctx = bench.by("rosa");
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::client(&ctx, &mut tx, ClientId::from_text(LUCIA), May::Read).await.unwrap();
        let since = look(&ctx, &tx, &grant).await.unwrap();
        let lines = lines(&ctx, &tx, &grant, &all(), since).await.unwrap();
        tx.commit().await.unwrap();
        (since.is_some(), lines.lines.iter().filter(|line| line.is_new).count())
    };
    assert_eq!(looks().await, (false, 0));
    bench.hand.advance_seconds(3600);
    bench.note("ben", "by a colleague", &Visibility::Team).await;
    bench.note("ben", "not for Rosa", &Visibility::Me).await;
    bench.note("rosa", "her own", &Visibility::Team).await;
    bench.hand.advance_seconds(60);
    assert_eq!(looks().await, (true, 1));
    // Reading on does not make it old.
    bench.hand.advance_seconds(60);
    assert_eq!(looks().await, (true, 1));
    bench.hand.advance_seconds(3600);
    assert_eq!(looks().await, (true, 0));
}

#[tokio::test]
async fn a_corrected_note_is_one_line_and_one_taken_back_is_none() {
    let bench = Bench::new().await;
    let rosa = bench.by("rosa");
    let lucia = ClientId::from_text(LUCIA);
    let id = bench.note("rosa", "first", &Visibility::Team).await;
    let seen = bench.seen("rosa", &id).await.unwrap().current().unwrap().event.clone();
    let better = contacts::Contact { words: "second".to_owned(), ..contacts::Contact::on(day("2025-06-01")) };
    contacts::correct(&rosa, &lucia, &id, &seen, &better).await.unwrap();
    let lines = shown(&bench, "rosa", &Filter { kind: "contact".to_owned(), ..all() }).await;
    let words: Vec<(&str, bool)> =
        lines.lines.iter().map(|line| (line.words.as_str(), line.is_corrected)).collect();
    assert_eq!(words, [("second", true)]);
    let seen = bench.seen("rosa", &id).await.unwrap().current().unwrap().event.clone();
    contacts::withdraw(&rosa, &lucia, &id, &seen).await.unwrap();
    assert_eq!(said(&shown(&bench, "rosa", &all()).await), ["2025-01-15 case opened"]);
}

#[tokio::test]
async fn ten_thousand_events_are_paged_through_the_same() {
    let bench = Bench::new().await;
    let ctx = bench.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    let events: Vec<CaseEvent> = (0..10_000_i64)
        .map(|n| {
            let on = day("2025-06-14").plus_days(-(n % 1_500)).to_string();
            event(EventKind::Contact, "call", &on, "a few words about what was said that day", ctx.now)
        })
        .collect();
    events_insert(&ctx, &mut tx, &events).await.unwrap();
    tx.commit().await.unwrap();
    let filter = Filter { limit: 50, ..Filter::default() };
    let first = shown(&bench, "rosa", &filter).await;
    assert_eq!((first.lines.len(), first.next.is_some()), (50, true));
    let second = shown(&bench, "rosa", &Filter { before: first.next.clone(), ..filter }).await;
    assert!(second.lines[0].cursor.day <= first.lines[49].cursor.day);
}
