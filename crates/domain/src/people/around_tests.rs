//! The systems and people around a client, on a real database: history, both sides, who may see what, the gate.

use std::sync::Arc;

use privacy::Policy;

use super::ecomap::{self, Energy, Tie, TieError, TieKind, TieRow, With};
use super::household::{
    self, ChangeRelation, Gender, Home, NewRelation, Other, Related, RelationError, RelationKind, Who,
};
use super::professionals::{self, Contacts, DirectoryError, SaveLink, SaveOrganization, SaveProfessional};
use super::{Client, Organization};
use crate::casework::{self, Case};
use crate::kernel::access::{self, AccessError, May};
use crate::kernel::accounts::{self, AddAccount, Login, Name};
use crate::kernel::clock::{Clock, Day, Instant};
use crate::kernel::codes::System;
use crate::kernel::ctx::{Ctx, Keys, Role, Site};
use crate::kernel::db::{self, Db};
use crate::kernel::ids::{AccountId, CaseId, ClientId, Ids};

struct Town {
    _folder: tempfile::TempDir,
    site: Site,
    rosa: Ctx,
    sam: Ctx,
    boss: Ctx,
}

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn id(text: &str) -> ClientId {
    ClientId::from_text(text)
}

impl Town {
    /// Rosa works with Lucía and Leo, Sam with Ana; a school and a court.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            // 15 June 2025.
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
        let town = Self { rosa: of(0), sam: of(1), boss: of(2), site, _folder: folder };
        let by = |at: usize| people[at].id.clone();
        let mut tx = system.begin().await.unwrap();
        let organization = |id: &str, system| Organization {
            id: id.to_owned(),
            name: format!("The {id}"),
            system,
            area: String::new(),
        };
        let organizations = [organization("school", System::School), organization("court", System::Court)];
        super::organizations_insert(&mut tx, &organizations).await.unwrap();
        tx.commit().await.unwrap();
        for (name, worker) in [("lucia", by(0)), ("leo", by(0)), ("ana", by(1))] {
            town.client(name, worker).await;
        }
        town
    }

    async fn client(&self, name: &str, worker: AccountId) {
        let ctx = self.site.system("test");
        let mut tx = ctx.begin().await.unwrap();
        let client = Client {
            id: id(name),
            preferred_name: format!("{name} Moreno"),
            legal_name: String::new(),
            pronouns: String::new(),
            language: String::new(),
            born_on: day("2010-01-01"),
            area: String::new(),
            strength: String::new(),
            wish: String::new(),
            groups: [("gender".to_owned(), "female".to_owned())].into_iter().collect(),
        };
        super::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
        let case = Case {
            id: CaseId::from_text(format!("case-{name}")),
            client: id(name),
            area: String::new(),
            stratum_id: 1,
            worker,
            opened_on: day("2024-01-16"),
            closed_on: None,
        };
        casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn household(&self, ctx: &Ctx, client: &str) -> Vec<Related> {
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::client(ctx, &mut tx, id(client), May::Read).await.unwrap();
        household::household(ctx, &tx, &grant).await.unwrap()
    }

    async fn restrict(&self, client: &str, to: &Ctx) {
        let mut tx = to.begin().await.unwrap();
        let grant = access::client(to, &mut tx, id(client), May::Record).await.unwrap();
        let named = [to.actor.account().unwrap().clone()];
        access::restrict(to, &mut tx, &grant, "safety", &named).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn tie(kind: TieKind, since: &str) -> Tie {
    Tie { kind, energy: Energy::Both, note: "CANARY".to_owned(), since: day(since) }
}

#[tokio::test]
async fn each_change_of_a_tie_is_a_new_row_and_the_map_of_then_can_be_drawn_now() {
    let town = Town::new().await;
    let with = With::Organization("school".to_owned());
    let node =
        ecomap::tie_add(&town.rosa, id("lucia"), &with, &tie(TieKind::Strong, "2025-01-01")).await.unwrap();
    let map = async || {
        let mut tx = town.rosa.begin().await.unwrap();
        let grant = access::client(&town.rosa, &mut tx, id("lucia"), May::Read).await.unwrap();
        ecomap::ecomap(&town.rosa, &tx, &grant).await.unwrap()
    };
    let first = map().await.states[0].clone();
    assert_eq!((first.system, first.name.as_str()), (Some(System::School), "The school"));
    let worse = tie(TieKind::Stressful, "2025-03-01");
    ecomap::tie_change(&town.rosa, id("lucia"), &node, first.seq, &worse).await.unwrap();
    // A second person still looks at the first state.
    let late = ecomap::tie_change(&town.boss, id("lucia"), &node, first.seq, &worse).await;
    assert!(matches!(late, Err(TieError::ChangedMeanwhile)));
    let now = map().await;
    let kinds = |on: &str| now.on(day(on)).iter().filter_map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(kinds("2025-02-01"), [TieKind::Strong]);
    assert_eq!(kinds("2025-06-15"), [TieKind::Stressful]);
    let seen = now.newest(&node).unwrap().seq;
    ecomap::tie_end(&town.rosa, id("lucia"), &node, seen, day("2025-06-01")).await.unwrap();
    let ended = map().await;
    assert!(ended.on(day("2025-06-15")).is_empty() && ended.on(day("2025-05-31")).len() == 1);
    // Back on the map, it is the same tie with its history.
    let again =
        ecomap::tie_add(&town.rosa, id("lucia"), &with, &tie(TieKind::Tenuous, "2025-06-10")).await.unwrap();
    assert_eq!(again, node);
    assert_eq!(map().await.of(&node).len(), 4);
}

#[tokio::test]
async fn a_tie_needs_a_name_an_organization_that_is_there_a_day_that_has_come_and_a_file_that_opens() {
    let town = Town::new().await;
    let good = tie(TieKind::Strong, "2025-01-01");
    let add = async |ctx: &Ctx, with: With, tie: &Tie| ecomap::tie_add(ctx, id("lucia"), &with, tie).await;
    assert!(matches!(add(&town.rosa, With::Person(" ".into()), &good).await, Err(TieError::Name)));
    let nowhere = add(&town.rosa, With::Organization("none".into()), &good).await;
    assert!(matches!(nowhere, Err(TieError::Organization)));
    let tomorrow = tie(TieKind::Strong, "2025-06-16");
    assert!(matches!(add(&town.rosa, With::System(System::Court), &tomorrow).await, Err(TieError::Future)));
    let stranger = add(&town.sam, With::System(System::Court), &good).await;
    assert!(matches!(stranger, Err(TieError::Access(AccessError::NotFound))));
}

fn to_client(kind: RelationKind, other: &str) -> NewRelation {
    NewRelation {
        kind,
        other: Other::Client(id(other)),
        home: Home::Shared,
        from: None,
        note: "NOTE".to_owned(),
    }
}

#[tokio::test]
async fn a_relationship_between_two_clients_is_seen_from_both_sides_as_far_as_the_caller_may_know() {
    let town = Town::new().await;
    // The supervisor opens both files.
    household::relation_add(&town.boss, id("lucia"), &to_client(RelationKind::Parent, "ana")).await.unwrap();
    let of_boss = town.household(&town.boss, "ana").await;
    let lucia = Who::Client { id: id("lucia"), name: "lucia Moreno".to_owned() };
    assert_eq!((of_boss[0].kind, &of_boss[0].who), (RelationKind::Child, &lucia));
    assert_eq!(of_boss[0].gender, Gender::Woman);
    // Rosa may not open Ana's file, nor Sam Lucía's: the word, no name, and no note from the other file.
    let of_rosa = town.household(&town.rosa, "lucia").await;
    assert_eq!((of_rosa[0].kind, &of_rosa[0].who), (RelationKind::Parent, &Who::Unnamed));
    let of_sam = town.household(&town.sam, "ana").await;
    assert_eq!((of_sam[0].kind, &of_sam[0].who), (RelationKind::Child, &Who::Unnamed));
    assert_eq!(of_sam[0].note, "");
    assert_eq!(of_sam[0].gender, Gender::NotRecorded);
    // Nor may Sam change from the other side what stands in Lucía's file.
    let change = ChangeRelation { home: Home::Elsewhere, from: None, to: None, note: String::new() };
    let refused = household::relation_change(&town.sam, id("ana"), &of_sam[0].id, 1, &change).await;
    assert!(matches!(refused, Err(RelationError::Access(AccessError::NotFound))));
    let twice =
        household::relation_add(&town.boss, id("ana"), &to_client(RelationKind::Child, "lucia")).await;
    assert!(matches!(twice, Err(RelationError::AlreadyThere)));
}

#[tokio::test]
async fn a_restricted_other_side_is_not_there_at_all() {
    let town = Town::new().await;
    household::relation_add(&town.boss, id("lucia"), &to_client(RelationKind::Sibling, "ana")).await.unwrap();
    let entry = town.household(&town.rosa, "lucia").await[0].id.clone();
    town.restrict("ana", &town.sam).await;
    assert_eq!(town.household(&town.rosa, "lucia").await, []);
    assert_eq!(town.household(&town.boss, "lucia").await, []);
    let change = ChangeRelation { home: Home::Elsewhere, from: None, to: None, note: String::new() };
    let absent = household::relation_change(&town.rosa, id("lucia"), &entry, 1, &change).await;
    assert!(matches!(absent, Err(RelationError::NotFound)));
    let named =
        household::relation_add(&town.boss, id("lucia"), &to_client(RelationKind::Friend, "ana")).await;
    assert!(matches!(named, Err(RelationError::NoSuchClient)));
    // Who is named for Ana still sees what Lucía is to her.
    assert_eq!(town.household(&town.sam, "ana").await.len(), 1);
    // Nor is Ana among those to choose from.
    let mut tx = town.boss.begin().await.unwrap();
    let grant = access::client(&town.boss, &mut tx, id("lucia"), May::Read).await.unwrap();
    let found = household::candidates(&town.boss, &mut tx, &grant, "moreno").await.unwrap();
    assert_eq!(found.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["leo"]);
}

#[tokio::test]
async fn a_person_who_is_no_client_has_a_name_and_days_and_two_edits_do_not_overwrite_each_other() {
    let town = Town::new().await;
    let cmd = NewRelation {
        kind: RelationKind::Grandparent,
        other: Other::Person { name: "Ruth".to_owned(), gender: Gender::NotRecorded },
        home: Home::Elsewhere,
        from: Some(day("2020-01-01")),
        note: String::new(),
    };
    let entry = household::relation_add(&town.rosa, id("lucia"), &cmd).await.unwrap();
    let ended = ChangeRelation {
        home: Home::Elsewhere,
        from: Some(day("2020-01-01")),
        to: Some(day("2025-06-01")),
        note: "moved away".to_owned(),
    };
    household::relation_change(&town.rosa, id("lucia"), &entry, 1, &ended).await.unwrap();
    let late = household::relation_change(&town.boss, id("lucia"), &entry, 1, &ended).await;
    assert!(matches!(late, Err(RelationError::ChangedMeanwhile)));
    let ruth = &town.household(&town.rosa, "lucia").await[0];
    assert_eq!((&ruth.who, ruth.is_now()), (&Who::Person("Ruth".to_owned()), false));
    let stranger = household::relation_change(&town.sam, id("ana"), &entry, 2, &ended).await;
    assert!(matches!(stranger, Err(RelationError::NotFound)));
}

#[tokio::test]
async fn who_to_call_shows_one_lead_and_when_they_were_last_talked_with() {
    let town = Town::new().await;
    let person = |name: &str, phone: &str| SaveProfessional {
        name: name.to_owned(),
        role: "counselor".to_owned(),
        phone: phone.to_owned(),
        ..SaveProfessional::default()
    };
    let porter =
        professionals::professional_add(&town.rosa, "school", &person("Ms Porter", "555 0142")).await;
    let hale = professionals::professional_add(&town.rosa, "court", &person("Mr Hale", "")).await;
    let (porter, hale) = (porter.unwrap(), hale.unwrap());
    let lead = SaveLink { is_lead: true, part: "teacher".to_owned(), ..SaveLink::default() };
    professionals::link_add(&town.rosa, id("lucia"), &porter, &lead).await.unwrap();
    professionals::link_add(
        &town.rosa,
        id("lucia"),
        &hale,
        &SaveLink { part: String::new(), ..lead.clone() },
    )
    .await
    .unwrap();
    let twice = professionals::link_add(&town.rosa, id("lucia"), &hale, &lead).await;
    assert!(matches!(twice, Err(DirectoryError::AlreadyThere)));
    let mut tx = town.rosa.begin().await.unwrap();
    let grant = access::client(&town.rosa, &mut tx, id("lucia"), May::Record).await.unwrap();
    for on in ["2025-06-02", "2025-05-01"] {
        professionals::talked_in(&town.rosa, &mut tx, &grant, &porter, day(on)).await.unwrap();
    }
    let list = professionals::who_to_call(&town.rosa, &tx, &grant).await.unwrap();
    tx.commit().await.unwrap();
    let seen: Vec<_> = list.iter().map(|it| (it.name.as_str(), it.is_lead, it.part.as_str())).collect();
    assert_eq!(seen, [("Mr Hale", true, "counselor"), ("Ms Porter", false, "teacher")]);
    assert_eq!(list[1].talked_on, Some(day("2025-06-02")));
    professionals::link_end(&town.rosa, id("lucia"), &list[0].id, list[0].version).await.unwrap();
    let gone = professionals::link_end(&town.rosa, id("lucia"), &list[0].id, list[0].version).await;
    assert!(matches!(gone, Err(DirectoryError::NotFound)));
}

#[tokio::test]
async fn the_directory_finds_an_organization_by_the_name_of_who_works_there_and_keeps_two_edits_apart() {
    let town = Town::new().await;
    let porter = SaveProfessional { name: "Ms Porter".to_owned(), ..SaveProfessional::default() };
    professionals::professional_add(&town.rosa, "school", &porter).await.unwrap();
    let names = async |text: &str, system| {
        let found = professionals::directory(&town.site.db, text, system, 10).await.unwrap();
        found.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(names("porter", None).await, ["school"]);
    assert_eq!(names("", Some(System::Court)).await, ["court"]);
    assert_eq!(names("%", None).await, Vec::<String>::new());
    let words = |phone: &str| SaveOrganization {
        name: "Eastside School".to_owned(),
        system: System::School,
        area: String::new(),
        contacts: Contacts { phone: phone.to_owned(), ..Contacts::default() },
    };
    professionals::organization_edit(&town.rosa, "school", 1, &words("555 0100")).await.unwrap();
    let late = professionals::organization_edit(&town.sam, "school", 1, &words("555 0101")).await;
    assert!(matches!(late, Err(DirectoryError::ChangedMeanwhile)));
    let wrong = professionals::organization_edit(&town.sam, "school", 2, &words("ask Sam")).await;
    assert!(matches!(wrong, Err(DirectoryError::Phone)));
}

#[tokio::test]
async fn the_web_of_all_clients_says_fewer_than_eleven_of_ten_and_counts_the_restricted() {
    let town = Town::new().await;
    let rosa = town.rosa.actor.account().unwrap().clone();
    let mut rows = Vec::new();
    for number in 0..41 {
        let name = format!("c{number}");
        town.client(&name, rosa.clone()).await;
        let mut push = |node: &str, with: With, system, kind| {
            rows.push(TieRow {
                client: id(&name),
                node: format!("{name}-{node}"),
                with,
                system,
                tie: tie(kind, "2025-01-01"),
                recorded_by: rosa.clone(),
            });
        };
        let school = With::Organization("school".to_owned());
        // Ten are under stress at school and 31 are strong there, two of the ten beside a strong tie to the system.
        let kind = if number < 10 { TieKind::Stressful } else { TieKind::Strong };
        push("school", school, Some(System::School), kind);
        if number < 2 {
            push("schools", With::System(System::School), None, TieKind::Strong);
        }
        if number < 10 {
            push("court", With::System(System::Court), None, TieKind::Broken);
        }
    }
    let ctx = town.site.system("test");
    let mut tx = ctx.begin().await.unwrap();
    ecomap::ties_insert(&mut tx, &rows).await.unwrap();
    tx.commit().await.unwrap();
    let policy = Policy::default();
    let across = ecomap::across(&town.boss, &policy).await.unwrap();
    assert_eq!(across.clients.value(), Some(&41));
    let row = |system| across.systems.iter().find(|row| row.system == system).unwrap();
    let school = row(System::School);
    assert_eq!(school.clients.value(), Some(&41));
    assert_eq!(school.of(TieKind::Stressful).count.to_string(), "fewer than 11");
    // 41 - 31 would give the ten away.
    assert_eq!(school.of(TieKind::Strong).count.value(), None);
    assert_eq!(row(System::Court).clients.to_string(), "fewer than 11");
    assert_eq!(row(System::Court).of(TieKind::Broken).count.value(), None);
    let (record, _) = professionals::organization(&town.site.db, "school").await.unwrap().unwrap();
    assert_eq!(professionals::tied(&town.boss, &policy, &record).await.unwrap().value(), None);
    // One more, restricted: it counts, since a figure that passes the gate points at nobody.
    town.restrict("c40", &town.rosa).await;
    assert_eq!(ecomap::across(&town.boss, &policy).await.unwrap(), across);
}
