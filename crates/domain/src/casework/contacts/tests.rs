//! Who reads a note, how it is corrected, and what counts then.

use std::sync::Arc;

use super::*;
use crate::casework::{self, Case, timeline};
use crate::evidence;
use crate::kernel::access::{self, May};
use crate::kernel::clock::{Clock, Hand};
use crate::kernel::ctx::{Actor, Ctx, Keys, Role, Site};
use crate::kernel::db::{self, Db, Sql};
use crate::kernel::ids::Ids;
use crate::people;

/// An agency of two workers and a supervisor with two clients, for the tests of the file.
pub struct Bench {
    _folder: tempfile::TempDir,
    pub site: Site,
    pub hand: Hand,
}

pub const LUCIA: &str = "client-1";
pub const JAMAL: &str = "client-2";

pub fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

impl Bench {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hand = Hand::at(Instant::from_micros(1_750_000_000_000_000));
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            clock: Clock::Hand(hand),
            ids: Arc::new(Ids::counted()),
            keys: Arc::new(Keys::from_bytes([7; 32])),
        };
        let bench = Self { _folder: folder, site, hand };
        bench.fill().await;
        bench
    }

    /// Rosa leads both cases, Ben has a part in them; Sam works with nobody here.
    async fn fill(&self) {
        let ctx = self.site.system("test");
        let mut tx = ctx.begin().await.unwrap();
        for (id, name) in [(LUCIA, "Lucía Moreno"), (JAMAL, "Jamal Tate")] {
            let client = people::Client {
                id: ClientId::from_text(id),
                preferred_name: name.to_owned(),
                legal_name: name.to_owned(),
                pronouns: String::new(),
                language: "Spanish".to_owned(),
                born_on: day("1990-01-01"),
                area: "A1".to_owned(),
                strength: String::new(),
                wish: String::new(),
                groups: std::collections::BTreeMap::new(),
            };
            people::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
            let case = Case {
                id: CaseId::from_text(id.replace("client", "case")),
                client: ClientId::from_text(id),
                area: "A1".to_owned(),
                stratum_id: 0,
                worker: AccountId::from_text("rosa"),
                opened_on: day("2025-01-15"),
                closed_on: None,
            };
            casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
        }
        let part = Sql {
            name: "part",
            text: "insert into case_assignment (id, case_id, account_id, part, from_day, to_day, reason) \
                   values ($1, $2, 'ben', 'support', '2025-01-15', '', '')",
        };
        for case in ["case-1", "case-2"] {
            tx.execute(part, vec![format!("part-{case}").into(), case.into()]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub fn by(&self, id: &str) -> Ctx {
        let role = match id {
            "vera" => Role::Supervisor,
            "pia" => Role::PrivacyOfficer,
            _ => Role::Caseworker,
        };
        let roles = [role].into_iter().collect();
        self.site.ctx(Actor::Person { account: AccountId::from_text(id), roles })
    }

    /// Writes a note about Lucía.
    pub async fn note(&self, by: &str, words: &str, visibility: &Visibility) -> String {
        let ctx = self.by(by);
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::case(&ctx, &mut tx, CaseId::from_text("case-1"), May::Record).await.unwrap();
        let contact = Contact { words: words.to_owned(), ..Contact::on(ctx.now.day()) };
        let id = record_in(&ctx, &mut tx, &grant, &contact, visibility).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A note as somebody opens it, and whether the timeline shows them its words.
    pub async fn seen(&self, by: &str, id: &str) -> Option<Note> {
        let ctx = self.by(by);
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::client(&ctx, &mut tx, ClientId::from_text(LUCIA), May::Read).await.ok()?;
        let note = note(&ctx, &tx, &grant, id).await.unwrap();
        let filter = timeline::Filter { limit: 100, ..Default::default() };
        let lines = timeline::lines(&ctx, &tx, &grant, &filter, None).await.unwrap();
        let on_timeline = lines.lines.iter().any(|line| line.note.as_ref().is_some_and(|it| it.id == id));
        let stands = note.as_ref().is_some_and(|note| note.withdrawn.is_none());
        assert_eq!(on_timeline, stands, "{by} sees the same note on the timeline and alone");
        note
    }
}

fn lucia() -> ClientId {
    ClientId::from_text(LUCIA)
}

#[tokio::test]
async fn a_note_is_read_by_those_its_visibility_names_and_by_nobody_else() {
    let bench = Bench::new().await;
    let named = Visibility::Named(vec![AccountId::from_text("ben")]);
    let nobody_else = Visibility::Named(vec![AccountId::from_text("sam")]);
    // author, team, supervisor, privacy officer, somebody without the client
    let everybody = ["rosa", "ben", "vera", "pia", "sam"];
    let table = [
        (Visibility::Me, [true, false, false, false, false]),
        (Visibility::Team, [true, true, true, true, false]),
        (named, [true, true, false, false, false]),
        // Being named opens no file.
        (nobody_else, [true, false, false, false, false]),
        (Visibility::Client, [true, true, true, true, false]),
    ];
    for (visibility, expected) in table {
        let id = bench.note("rosa", "CANARY", &visibility).await;
        for (who, expected) in everybody.into_iter().zip(expected) {
            assert_eq!(bench.seen(who, &id).await.is_some(), expected, "{visibility:?} for {who}");
        }
    }
}

#[tokio::test]
async fn words_in_a_search_find_only_what_the_reader_may_read() {
    let bench = Bench::new().await;
    bench.note("rosa", "the canary sings", &Visibility::Me).await;
    for (who, expected) in [("rosa", 1), ("ben", 0), ("vera", 0)] {
        let ctx = bench.by(who);
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::client(&ctx, &mut tx, lucia(), May::Read).await.unwrap();
        let filter = timeline::Filter { text: "CANARY".to_owned(), limit: 10, ..Default::default() };
        let lines = timeline::lines(&ctx, &tx, &grant, &filter, None).await.unwrap();
        assert_eq!(lines.lines.len(), expected, "{who}");
    }
}

#[tokio::test]
async fn only_the_author_says_who_reads_a_note_and_that_is_written_down() {
    let bench = Bench::new().await;
    let id = bench.note("rosa", "words", &Visibility::Team).await;
    for other in ["ben", "vera"] {
        let tried = visibility_change(&bench.by(other), &lucia(), &id, &Visibility::Me).await;
        assert!(matches!(tried, Err(ContactError::NotYours)), "{other}");
    }
    let empty = Visibility::Named(Vec::new());
    let tried = visibility_change(&bench.by("rosa"), &lucia(), &id, &empty).await;
    assert!(matches!(tried, Err(ContactError::NobodyNamed)));
    visibility_change(&bench.by("rosa"), &lucia(), &id, &Visibility::Me).await.unwrap();
    assert!(bench.seen("ben", &id).await.is_none() && bench.seen("rosa", &id).await.is_some());
    // For those who do not read it, it is not there to be changed either.
    let tried = visibility_change(&bench.by("ben"), &lucia(), &id, &Visibility::Team).await;
    assert!(matches!(tried, Err(ContactError::Access(AccessError::NotFound))));
    let sql = Sql { name: "audit", text: "select detail from audit where action = 'contact.visibility'" };
    let row = bench.site.db.row(sql, vec![]).await.unwrap().unwrap();
    assert_eq!(row.text(0).unwrap(), "from=team to=me");
}

#[tokio::test]
async fn a_correction_supersedes_and_the_text_before_it_stays_as_hidden_as_it_was() {
    let bench = Bench::new().await;
    let id = bench.note("rosa", "first words", &Visibility::Team).await;
    let seen = bench.seen("rosa", &id).await.unwrap().current().unwrap().event.clone();
    let better = Contact { words: "second words".to_owned(), ..Contact::on(day("2025-06-01")) };
    let by_colleague = correct(&bench.by("ben"), &lucia(), &id, &seen, &better).await;
    assert!(matches!(by_colleague, Err(ContactError::NotYours)));
    let other_file = ClientId::from_text(JAMAL);
    let elsewhere = correct(&bench.by("rosa"), &other_file, &id, &seen, &better).await;
    assert!(matches!(elsewhere, Err(ContactError::Access(AccessError::NotFound))));
    correct(&bench.by("vera"), &lucia(), &id, &seen, &better).await.unwrap();
    // Somebody who still has the old text before them does not overwrite the new one.
    let late = correct(&bench.by("rosa"), &lucia(), &id, &seen, &better).await;
    assert!(matches!(late, Err(ContactError::ChangedMeanwhile)));
    let note = bench.seen("ben", &id).await.unwrap();
    let words: Vec<&str> = note.versions.iter().map(|version| version.contact.words.as_str()).collect();
    assert_eq!(words, ["first words", "second words"]);
    assert_eq!((note.author.as_str(), note.versions[1].recorded_by.as_str()), ("rosa", "vera"));
    visibility_change(&bench.by("rosa"), &lucia(), &id, &Visibility::Me).await.unwrap();
    assert!(bench.seen("ben", &id).await.is_none() && bench.seen("vera", &id).await.is_none());
}

#[tokio::test]
async fn what_was_superseded_or_taken_back_counts_nowhere_also_when_evidence_had_it_already() {
    let bench = Bench::new().await;
    let system = bench.site.system("test");
    let in_evidence = async || {
        let sql = Sql {
            name: "evidence",
            text: "select day_from || ' ' || code from evidence where kind <> 'barrier' order by seq",
        };
        let rows = bench.site.db.rows(sql, vec![]).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap()).collect::<Vec<_>>()
    };
    let id = bench.note("rosa", "words", &Visibility::Team).await;
    evidence::top_up(&system).await.unwrap();
    assert_eq!(in_evidence().await, ["2025-06-15 visit"]);
    let seen = async |id: &str| bench.seen("rosa", id).await.unwrap().current().unwrap().event.clone();
    let call =
        Contact { medium: Medium::Phone, words: "a call".to_owned(), ..Contact::on(day("2025-06-10")) };
    let before = evidence::fingerprint(&bench.site.db).await.unwrap();
    correct(&bench.by("rosa"), &lucia(), &id, &seen(&id).await, &call).await.unwrap();
    evidence::top_up(&system).await.unwrap();
    assert_eq!(in_evidence().await, ["2025-06-10 call"]);
    assert_ne!(evidence::fingerprint(&bench.site.db).await.unwrap(), before);
    // Corrected before the evidence ever saw it.
    let quick = bench.note("rosa", "words", &Visibility::Me).await;
    correct(&bench.by("rosa"), &lucia(), &quick, &seen(&quick).await, &call).await.unwrap();
    evidence::top_up(&system).await.unwrap();
    assert_eq!(in_evidence().await, ["2025-06-10 call", "2025-06-10 call"]);
    for note in [&id, &quick] {
        withdraw(&bench.by("rosa"), &lucia(), note, &seen(note).await).await.unwrap();
        evidence::top_up(&system).await.unwrap();
    }
    assert!(in_evidence().await.is_empty());
    let gone = bench.seen("rosa", &id).await.unwrap();
    assert_eq!(gone.withdrawn.unwrap().0, "rosa");
    assert_eq!(gone.versions.last().unwrap().contact.words, "a call");
}

#[test]
fn a_contact_is_checked_before_it_is_written() {
    let today = day("2025-06-15");
    let said = |contact: Contact| checked(&contact, today).map(|it| it.words);
    let empty = Contact { words: " \n".to_owned(), ..Contact::on(today) };
    assert!(matches!(said(empty.clone()), Err(ContactError::Empty)));
    assert_eq!(said(Contact { outcome: Outcome::Attempted, ..empty.clone() }).unwrap(), "");
    assert_eq!(said(Contact { words: " x ".to_owned(), ..empty.clone() }).unwrap(), "x");
    let long = Contact { words: "ñ".repeat(WORDS_MOST + 1), ..empty.clone() };
    assert!(matches!(said(long), Err(ContactError::TooLong)));
    let tomorrow = Contact { words: "x".to_owned(), ..Contact::on(day("2025-06-16")) };
    assert!(matches!(said(tomorrow), Err(ContactError::InTheFuture)));
    let unusual = Contact { minutes: Some(900), ..Contact::on(day("2025-01-01")) };
    assert_eq!(remarks(&unusual, today), [Remark::Long, Remark::LongAgo]);
    assert_eq!(remarks(&empty, today), []);
}

#[test]
fn every_code_reads_back() {
    for medium in Medium::ALL {
        assert_eq!(Medium::from_code(medium.code()), Some(*medium));
        let contact = Contact { medium: *medium, ..Contact::on(day("2025-06-15")) };
        assert_ne!(contact.code(), "attempted");
    }
    for code in Visibility::CODES {
        assert_eq!(Visibility::from_code(code, Vec::new()).unwrap().code(), code);
    }
    assert_eq!(Visibility::from_code("everybody", Vec::new()), None);
}
