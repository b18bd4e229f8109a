//! Finding, comparing, merging and changing clients, on a real database.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::details::{self, Answer, Entered, EnteredIdentifier, EnteredPhone, SaveError};
use super::matching::{self, Traits};
use super::merge::{self, MergeError};
use super::search::{self, Line};
use crate::casework::intake::{self, FirstCase};
use crate::kernel::access::{self, AccessError, May};
use crate::kernel::accounts::{self, AddAccount, Login, Name};
use crate::kernel::clock::{Clock, Day, Instant};
use crate::kernel::ctx::{Ctx, Keys, Role, Site};
use crate::kernel::db::{self, Db, Sql};
use crate::kernel::ids::{ClientId, Ids};

struct Office {
    _folder: tempfile::TempDir,
    site: Site,
    rosa: Ctx,
    sam: Ctx,
    boss: Ctx,
}

impl Office {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            clock: Clock::Fixed(Instant::from_micros(1_750_000_000_000_000)),
            ids: Arc::new(Ids::counted()),
            keys: Arc::new(Keys::from_bytes([7; 32])),
        };
        let system = site.system("test");
        let mut people = Vec::new();
        for (login, role) in
            [("rosa", Role::Caseworker), ("sam", Role::Caseworker), ("boss", Role::Supervisor)]
        {
            let cmd = AddAccount {
                login: Login::parse(login).unwrap(),
                name: Name::parse(login).unwrap(),
                roles: [role].into_iter().collect(),
            };
            people.push(accounts::add(&system, cmd).await.unwrap().0);
        }
        let of = |at: usize| site.ctx(people[at].actor());
        Self { rosa: of(0), sam: of(1), boss: of(2), site, _folder: folder }
    }

    async fn add(&self, by: &Ctx, entered: Entered) -> ClientId {
        intake::add(by, &entered, &FirstCase::default()).await.unwrap().0
    }

    async fn restrict(&self, by: &Ctx, client: &ClientId) {
        let mut tx = by.begin().await.unwrap();
        let grant = access::client(by, &mut tx, client.clone(), May::Record).await.unwrap();
        let named = by.actor.account().unwrap().clone();
        access::restrict(by, &mut tx, &grant, "in hiding", &[named]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Everything that is stored about clients, row by row.
    async fn stored(&self) -> BTreeMap<String, Vec<String>> {
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in db::schema_columns(&self.site.db).await.unwrap() {
            let (table, column) = name.split_once('.').unwrap();
            columns.entry(table.to_owned()).or_default().push(column.to_owned());
        }
        // The audit trail and the log of merges remember what happened; that is what they are for.
        columns.retain(|table, _| {
            !table.starts_with("audit") && !table.starts_with("client_merge") && table != "calendar"
        });
        let mut out = BTreeMap::new();
        for (table, columns) in columns {
            let cells: Vec<String> =
                columns.iter().map(|it| format!("coalesce(cast({it} as text), '-')")).collect();
            let text = format!("select {} from {table} order by 1", cells.join(" || '|' || "));
            let rows = self.site.db.rows(Sql { name: "stored", text: text.leak() }, vec![]).await.unwrap();
            out.insert(table, rows.iter().map(|row| row.text(0).unwrap()).collect());
        }
        out
    }
}

fn entered(name: &str, born_on: &str) -> Entered {
    Entered { preferred_name: name.to_owned(), born_on: born_on.to_owned(), ..Entered::default() }
}

async fn names(ctx: &Ctx, text: &str) -> Vec<String> {
    let found = search::search(ctx, text, 10).await.unwrap();
    found.lines.into_iter().map(|line| line.preferred_name).collect()
}

#[tokio::test]
async fn a_client_is_found_by_name_sound_slip_short_form_birth_date_phone_and_identifier() {
    let office = Office::new().await;
    let lucia = Entered {
        legal_name: "María Lucía Moreno Quintana".to_owned(),
        phones: vec![EnteredPhone { number: "(208) 555-0143".to_owned(), ..EnteredPhone::default() }],
        identifiers: vec![EnteredIdentifier {
            kind: "agency".to_owned(),
            value: "LC-0042".to_owned(),
            ..EnteredIdentifier::default()
        }],
        ..entered("Lucía Moreno", "1990-05-03")
    };
    office.add(&office.rosa, lucia).await;
    office.add(&office.rosa, entered("Guillermo Peña", "2001-12-24")).await;
    office.add(&office.sam, entered("نور الهدى", "")).await;
    for typed in [
        "lucia moreno",
        "Moreno, Lucía",
        "luc mor",
        "lusia moreno",
        "Lucia Morenno",
        "lucy moreno",
        "quintana",
        "moreno 1990",
        "lucia 5/3/1990",
        "03.05.1990",
        "1990-05-03",
        "208-555-0143",
        "5550143",
        "lc0042",
        "LC-0042",
    ] {
        assert_eq!(names(&office.sam, typed).await, ["Lucía Moreno"], "{typed}");
    }
    for typed in ["memo pena", "Bill Peña", "guilermo", "2001-12-24"] {
        assert_eq!(names(&office.sam, typed).await, ["Guillermo Peña"], "{typed}");
    }
    assert_eq!(names(&office.sam, "نور").await, ["نور الهدى"]);
    for typed in ["zzyzx", "moreno 1991", "5550144", "lucia pena-moreno-quintana 1950-01-01"] {
        assert!(names(&office.sam, typed).await.is_empty(), "{typed}");
    }
    assert!(search::search(&office.sam, "l", 10).await.unwrap().is_too_short);
}

#[tokio::test]
async fn a_line_says_whose_client_it_is_and_whether_it_opens() {
    let office = Office::new().await;
    let client = office.add(&office.rosa, entered("Lucía Moreno", "1990-05-03")).await;
    let line = async |ctx: &Ctx| search::search(ctx, "moreno", 10).await.unwrap().lines.remove(0);
    let own = line(&office.rosa).await;
    let expected = Line {
        client,
        preferred_name: "Lucía Moreno".to_owned(),
        born_year: Some(1990),
        area_name: String::new(),
        worker: "rosa".to_owned(),
        may_open: true,
        is_own: true,
        is_restricted: false,
    };
    assert_eq!(own, expected);
    assert_eq!(line(&office.sam).await, Line { may_open: false, is_own: false, ..expected.clone() });
    assert_eq!(line(&office.boss).await, Line { is_own: false, ..expected });
}

#[tokio::test]
async fn a_restricted_client_is_absent_from_search_check_and_duplicates_for_those_not_named() {
    let office = Office::new().await;
    let canary = Entered {
        phones: vec![EnteredPhone { number: "208 555 0177".to_owned(), ..EnteredPhone::default() }],
        identifiers: vec![EnteredIdentifier {
            kind: "agency".to_owned(),
            value: "CANARY-77".to_owned(),
            ..EnteredIdentifier::default()
        }],
        ..entered("Canary Hiddenway", "1999-09-09")
    };
    let hidden = office.add(&office.rosa, canary.clone()).await;
    let twin = office.add(&office.rosa, entered("Canary Hiddenway", "1999-09-09")).await;
    office.restrict(&office.rosa, &hidden).await;
    matching::find(&office.site.system("test")).await.unwrap();
    for ctx in [&office.sam, &office.boss] {
        for typed in ["canary-77", "5550177"] {
            assert!(names(ctx, typed).await.is_empty(), "{typed}");
        }
        for typed in ["canary hiddenway", "hiddenw", "1999-09-09", "kanari 1999"] {
            let found = search::search(ctx, typed, 10).await.unwrap();
            assert!(found.lines.iter().all(|line| line.client == twin), "{typed}");
        }
        let alike = matching::check(ctx, &canary.traits("")).await.unwrap();
        assert!(alike.iter().all(|it| it.line.client == twin) && alike.len() == 1);
        let waiting = matching::waiting(ctx, 10).await.unwrap();
        assert!(waiting.pairs.is_empty() && waiting.n == 0);
        let refused = matching::different(ctx, &hidden, &twin).await.unwrap_err();
        assert!(matches!(refused, AccessError::NotFound));
        assert!(matches!(
            merge::merge(ctx, &twin, &hidden).await,
            Err(MergeError::Access(AccessError::NotFound))
        ));
    }
    assert_eq!(names(&office.rosa, "canary-77").await, ["Canary Hiddenway"]);
    assert_eq!(matching::check(&office.rosa, &canary.traits("")).await.unwrap().len(), 2);
    assert_eq!(matching::waiting(&office.rosa, 10).await.unwrap().n, 1);
}

#[tokio::test]
async fn a_new_client_is_checked_against_the_record_and_told_why() {
    let office = Office::new().await;
    let phone = |number: &str| vec![EnteredPhone { number: number.to_owned(), ..EnteredPhone::default() }];
    let known = Entered { phones: phone("208-555-0143"), ..entered("Guillermo Villaseñor", "2003-04-11") };
    let client = office.add(&office.rosa, known).await;
    for n in 0..40 {
        office.add(&office.rosa, entered(&format!("Rowan Stranger{n}"), "2003-04-12")).await;
    }
    let again = Entered { phones: phone("555-0143"), ..entered("Memo Villasenor", "2003-11-04") };
    // 2003-11-04 is 2003-04-11 with day and month swapped.
    let found = matching::check(&office.sam, &again.traits("")).await.unwrap();
    assert_eq!(found.iter().map(|it| &it.line.client).collect::<Vec<_>>(), [&client]);
    let levels: Vec<u8> = found[0].evidence.fields.iter().map(|it| it.level).collect();
    assert_eq!(levels[..4], [1, 0, 1, 0]);
    assert!(found[0].evidence.probability > 0.99);
    // A twin is somebody else.
    let twin = Entered { phones: phone("555-0143"), ..entered("Beatriz Villaseñor", "2003-04-11") };
    assert!(matching::check(&office.sam, &twin.traits("")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_pair_that_was_said_to_be_two_people_is_not_shown_again() {
    let office = Office::new().await;
    let one = office.add(&office.rosa, entered("Imani Dorvil", "2004-02-02")).await;
    let other = office.add(&office.rosa, entered("Imani Dorvil", "2004-02-02")).await;
    let ctx = office.site.system("test");
    assert_eq!(matching::find(&ctx).await.unwrap().possible, 1);
    let waiting = matching::waiting(&office.boss, 10).await.unwrap();
    assert_eq!((waiting.n, waiting.pairs.len()), (1, 1));
    assert_eq!(matching::find(&ctx).await.unwrap().possible, 1);
    matching::different(&office.boss, &one, &other).await.unwrap();
    assert_eq!(matching::find(&ctx).await.unwrap().possible, 0);
    assert_eq!(matching::waiting(&office.boss, 10).await.unwrap().n, 0);
}

#[tokio::test]
async fn two_people_edit_at_once_and_the_second_is_told_and_loses_nothing() {
    let office = Office::new().await;
    let client = office.add(&office.rosa, entered("Dee", "")).await;
    let first = Entered { wish: "a job in a bakery".to_owned(), ..entered("Dee Okafor", "") };
    details::save(&office.rosa, client.clone(), 1, &first).await.unwrap();
    let second = Entered { strength: "bakes".to_owned(), ..entered("Dee", "") };
    let SaveError::Changed(now) = details::save(&office.boss, client.clone(), 1, &second).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!((now.version, now.person.wish.as_str()), (2, "a job in a bakery"));
    assert_eq!(names(&office.sam, "okafor").await, ["Dee Okafor"]);
    let both = Entered { strength: "bakes".to_owned(), ..first };
    details::save(&office.boss, client.clone(), 2, &both).await.unwrap();
    let refused = details::save(&office.sam, client, 3, &both).await.unwrap_err();
    assert!(matches!(refused, SaveError::Access(AccessError::NotFound)));
}

#[tokio::test]
async fn groups_phones_and_identifiers_are_kept_as_said_and_taken_out_when_emptied() {
    let office = Office::new().await;
    let mut form = entered("Dee", "");
    form.groups.insert("gender".to_owned(), "two-spirit".to_owned());
    form.groups.insert("disability".to_owned(), "client_prefers_not_to_answer".to_owned());
    form.phones.push(EnteredPhone { number: "208 555 0101".to_owned(), ..EnteredPhone::default() });
    let client = office.add(&office.rosa, form.clone()).await;
    let of = async || {
        details::details_of(&office.rosa, std::slice::from_ref(&client)).await.unwrap().remove(0).unwrap()
    };
    let now = of().await;
    assert_eq!(now.person.groups["gender"], Answer::Said("two-spirit".to_owned()));
    assert_eq!(now.person.groups["disability"], Answer::PrefersNotToAnswer);
    assert_eq!(now.person.groups["race_ethnicity"], Answer::NotCollected);
    form.phones = vec![
        EnteredPhone { id: now.phones[0].id.clone(), ..EnteredPhone::default() },
        EnteredPhone {
            number: "208 555 0102".to_owned(),
            may_leave_message: true,
            ..EnteredPhone::default()
        },
    ];
    details::save(&office.rosa, client.clone(), 1, &form).await.unwrap();
    let now = of().await;
    assert_eq!(now.phones.len(), 1);
    assert!(now.phones[0].may_leave_message && now.phones[0].number.ends_with("0102"));
    assert_eq!(names(&office.sam, "5550102").await, ["Dee"]);
    assert!(names(&office.sam, "5550101").await.is_empty());
}

#[tokio::test]
async fn a_merged_record_leads_to_the_survivor_and_its_name_still_finds_it() {
    let office = Office::new().await;
    let one = office.add(&office.rosa, entered("Imani Dorvil", "2004-02-02")).await;
    let other = office.add(&office.sam, entered("Imane Durville", "2004-02-02")).await;
    let id = merge::merge(&office.boss, &one, &other).await.unwrap();
    assert_eq!(names(&office.sam, "durville").await, ["Imani Dorvil"]);
    let tx = office.site.db.snapshot().await.unwrap();
    assert_eq!(merge::survivor(&tx, &other).await.unwrap(), Some(one.clone()));
    assert_eq!(merge::survivor(&tx, &one).await.unwrap(), None);
    drop(tx);
    // Sam's case went along: Sam works with the survivor now.
    let mut tx = office.sam.begin().await.unwrap();
    assert!(access::client(&office.sam, &mut tx, one.clone(), May::Record).await.is_ok());
    assert!(matches!(
        access::client(&office.sam, &mut tx, other.clone(), May::Read).await,
        Err(AccessError::NotFound)
    ));
    drop(tx);
    assert_eq!(merge::merges(&office.boss, 10).await.unwrap().len(), 1);
    merge::unmerge(&office.boss, &id).await.unwrap();
    assert_eq!(names(&office.sam, "durville").await[0], "Imane Durville");
    assert!(matches!(merge::unmerge(&office.boss, &id).await, Err(MergeError::NotStanding)));
}

#[tokio::test]
async fn a_restriction_goes_along_and_two_different_ones_forbid_the_merge() {
    let office = Office::new().await;
    let one = office.add(&office.rosa, entered("Imani Dorvil", "2004-02-02")).await;
    let other = office.add(&office.rosa, entered("Imani Dorvil", "2004-02-02")).await;
    office.restrict(&office.rosa, &other).await;
    let id = merge::merge(&office.rosa, &one, &other).await.unwrap();
    assert!(names(&office.boss, "dorvil").await.is_empty());
    assert_eq!(names(&office.rosa, "dorvil").await.len(), 1);
    merge::unmerge(&office.rosa, &id).await.unwrap();
    assert_eq!(names(&office.boss, "dorvil").await.len(), 1);
}

#[tokio::test]
async fn every_column_that_names_a_client_is_moved_by_a_merge_or_stays_for_a_reason() {
    let office = Office::new().await;
    let stays = [
        // Derived from names; made anew.
        "client_word.client_id",
        // What was decided about pairs and merges themselves.
        "client_merge.merged_id",
        "client_merge.survivor_id",
        // The survivor takes a copy.
        "client_restriction.client_id",
        "client_restriction_member.client_id",
        // Who opened which file, and when: history.
        "emergency_access.client_id",
        "last_look.client_id",
    ];
    let moved: Vec<String> = merge::owned_columns();
    for column in db::schema_columns(&office.site.db).await.unwrap() {
        let names_a_client =
            ["client_id", ".merged_id", ".survivor_id"].iter().any(|end| column.ends_with(end));
        let is_known = moved.contains(&column) || stays.contains(&column.as_str());
        assert!(!names_a_client || is_known, "{column}: say in people::merge what a merge does with it");
    }
}

#[derive(Debug, Clone)]
struct Two {
    names: [&'static str; 2],
    born: [&'static str; 2],
    wish: [&'static str; 2],
    gender: [&'static str; 2],
    phone: [&'static str; 2],
    identifier: [&'static str; 2],
    is_restricted: bool,
    has_pair: bool,
}

fn two() -> impl Strategy<Value = Two> {
    let pick = |words: &'static [&'static str]| {
        let one = proptest::sample::select(words);
        [one.clone(), one]
    };
    (
        pick(&["Imani Dorvil", "Imani D'Orvil", "Ana de la Cruz", "نور الهدى"]),
        pick(&["", "2004-02-02", "2004-03-02"]),
        pick(&["", "a job", "a home"]),
        pick(&["", "woman", "client_doesnt_know"]),
        pick(&["", "208 555 0101", "208 555 0102"]),
        pick(&["", "LC-1", "LC-2"]),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(names, born, wish, gender, phone, identifier, is_restricted, has_pair)| Two {
            names,
            born,
            wish,
            gender,
            phone,
            identifier,
            is_restricted,
            has_pair,
        })
}

#[test]
fn a_merge_and_its_undoing_leave_every_table_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let office = runtime.block_on(Office::new());
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    runner
        .run(&two(), |two| {
            runtime.block_on(async {
                let form = |at: usize| {
                    let mut form =
                        Entered { wish: two.wish[at].to_owned(), ..entered(two.names[at], two.born[at]) };
                    form.groups.insert("gender".to_owned(), two.gender[at].to_owned());
                    form.phones
                        .push(EnteredPhone { number: two.phone[at].to_owned(), ..EnteredPhone::default() });
                    form.identifiers.push(EnteredIdentifier {
                        kind: "agency".to_owned(),
                        value: two.identifier[at].to_owned(),
                        ..EnteredIdentifier::default()
                    });
                    form
                };
                let one = office.add(&office.rosa, form(0)).await;
                let other = office.add(&office.rosa, form(1)).await;
                if two.is_restricted {
                    office.restrict(&office.rosa, &other).await;
                }
                if two.has_pair {
                    matching::different(&office.rosa, &one, &other).await.unwrap();
                }
                relate(&office, &one, &other).await;
                let before = office.stored().await;
                let id = merge::merge(&office.rosa, &one, &other).await.unwrap();
                let merged = office.stored().await;
                prop_assert_ne!(&before, &merged);
                for (table, rows) in &before {
                    // Nothing is lost while it is merged; only words of names stand for one client instead of two.
                    let derived = ["client_word", "name_word", "name_variant"].contains(&table.as_str());
                    prop_assert!(derived || merged[table].len() >= rows.len(), "{}", table);
                }
                merge::unmerge(&office.rosa, &id).await.unwrap();
                let after = office.stored().await;
                for (table, rows) in &before {
                    prop_assert_eq!(rows, &after[table], "{}", table);
                }
                Ok(())
            })
        })
        .unwrap();
}

/// The two know each other, a third person and a draft.
async fn relate(office: &Office, one: &ClientId, other: &ClientId) {
    let tx = office.site.db.begin().await.unwrap();
    let relation = Sql {
        name: "relate",
        text: "insert into client_relation (id, client_id, relation, other_client_id, name, gender, note, \
               is_in_household, from_day, to_day, recorded_at, recorded_by, version) \
               values ($1, $2, 'sibling', $3, '', '', '', 1, '', '', 1, 'rosa', 1)",
    };
    let draft = Sql {
        name: "draft",
        text: "insert into draft (author_id, form, record_id, fields, updated_at) values ($1, 'note', $2, '{}', 1)",
    };
    for (a, b) in [(one, other), (other, one), (other, other), (one, one)] {
        let id = format!("{a}-{b}");
        let b = if a == b { "somebody".to_owned() } else { b.to_string() };
        tx.execute(relation, vec![id.into(), a.into(), b.into()]).await.unwrap();
    }
    for (author, record) in [("rosa", one), ("rosa", other), ("sam", other)] {
        tx.execute(draft, vec![author.into(), record.into()]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn candidates_are_found_through_indexes() {
    let office = Office::new().await;
    let by_word =
        search::STATEMENTS.iter().filter(|sql| sql.name.starts_with("BY_") || sql.name == "OWN_BY_WORD");
    for sql in by_word {
        let text = format!("explain query plan {}", sql.text);
        let plan = office.site.db.rows(Sql { name: "plan", text: text.leak() }, vec![]).await.unwrap();
        for row in plan {
            let step = row.text(3).unwrap();
            assert!(!step.starts_with("SCAN") && !step.contains("client_by_merge"), "{}: {step}", sql.name);
        }
    }
}

#[tokio::test]
async fn who_has_no_name_in_common_is_not_compared_and_nobody_at_all_is_fine() {
    let office = Office::new().await;
    assert!(matching::check(&office.rosa, &Traits::default()).await.unwrap().is_empty());
    assert_eq!(matching::find(&office.site.system("test")).await.unwrap(), matching::Found::default());
    let born = Day::parse_iso("2004-02-02").ok();
    assert!(matching::check(&office.rosa, &Traits::of(&["Ana"], born, "")).await.unwrap().is_empty());
}
