//! The systems around the demo's clients, from what the simulated world says happened: stressful where barriers were
//! met, strong where services were received; with whom to call there, and who lives with whom.

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::kernel::clock::Day;
use domain::kernel::codes::{EventKind, System};
use domain::kernel::ctx::Ctx;
use domain::kernel::db::Tx;
use domain::kernel::ids::AccountId;
use domain::people::ecomap::{self, Energy, Tie, TieKind, TieRow, With};
use domain::people::household::{self, Gender, Home, NewRelation, Other, RelationKind, RelationRow};
use domain::people::professionals::{self, Contacts, Professional, SaveLink};
use domain::people::{Client, Organization};
use sim::World;

/// No more ties than fit a picture, and the clients whom these are about.
const TIES: usize = 7;

const STEPS: [&str; 8] = [
    "Sends the missing form by Friday",
    "Calls back after the team meeting",
    "Writes down the shorter school day",
    "Checks the date of the next review",
    "Looks for an interpreter",
    "Holds the place until the papers are there",
    "Puts a note on the account",
    "Comes to the next meeting",
];
const STRESSED: [&str; 5] = [
    "Two offices, two forms, two answers",
    "The letter came after the date in it",
    "Nobody picks up the phone",
    "“They talk about me, not with me.”",
    "Every visit costs a day of work",
];
const HELPED: [&str; 4] = [
    "“She calls back the same day.”",
    "Found a place within a week",
    "Keeps appointments short",
    "“They asked what we need.”",
];
const GROUPS: [&str; 6] = [
    "Riverside Choir",
    "Saturday football",
    "Parents’ circle",
    "St. Brendan’s",
    "Trumpet group",
    "Community garden",
];
const FRIENDS: [&str; 8] = [
    "Aunt Ruth",
    "Coach Delroy",
    "Mrs. Okafor next door",
    "Uncle Teo",
    "Cousin Mireille",
    "Godmother Inés",
    "Old Mr. Bell",
    "Friend Jo",
];
const GIVEN: [&str; 12] = [
    "Rosalind", "Emil", "Noemi", "Tobias", "Marisol", "Jonas", "Adaeze", "Luc", "Perla", "Samir", "Wanda",
    "Ivo",
];

pub struct Made<'a> {
    pub organizations: &'a [Organization],
    pub clients: &'a [Client],
    /// Accounts of the staff, in the staff's order.
    pub staff: &'a [AccountId],
}

/// Writes all of it for every client with an open case.
pub async fn write(ctx: &Ctx, tx: &mut Tx, world: &World, made: &Made<'_>) -> anyhow::Result<()> {
    let professionals = directory(ctx, tx, world, made).await?;
    let today = ctx.now.day();
    let met = met(world, today)?;
    let mut ties = Vec::new();
    let mut links = Vec::new();
    let mut relations = Vec::new();
    let mut by_area: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, open) in open_clients(world, today)? {
        let client = made.clients.get(index).context("find the client of an open case")?;
        let by = made.staff.get(open.worker).cloned().context("find the worker of an open case")?;
        let mut organizations: Vec<_> = met.iter().filter(|((of, _), _)| *of == index).collect();
        organizations.sort_by_key(|((_, at), met)| (std::cmp::Reverse(met.len()), *at));
        organizations.truncate(TIES);
        for (place, ((_, at), met)) in organizations.iter().enumerate() {
            let organization = made.organizations.get(*at).context("find the organization of an event")?;
            let node = ctx.new_id();
            for tie in states(met, index + at) {
                ties.push(TieRow {
                    client: client.id.clone(),
                    node: node.clone(),
                    with: With::Organization(organization.id.clone()),
                    system: Some(organization.system),
                    tie,
                    recorded_by: by.clone(),
                });
            }
            let professional = professionals.get(&organization.id).filter(|_| place < 4);
            if let (Some(id), Some(first)) = (professional, met.first()) {
                let talked_on = met.iter().rev().find(|it| it.kind != EventKind::Barrier).map(|it| it.on);
                let step = pick(&STEPS, index + place);
                let link = SaveLink {
                    part: String::new(),
                    is_lead: place == 0,
                    talked_on,
                    next_step: if place < 2 { step.to_owned() } else { String::new() },
                };
                links.push((client.id.clone(), id.clone(), first.on, link));
            }
        }
        let mut own =
            vec![(With::Person(pick(&FRIENDS, index).to_owned()), TieKind::Strong, Energy::ToClient)];
        if !index.is_multiple_of(3) {
            own.push((With::Group(pick(&GROUPS, index / 3).to_owned()), TieKind::Strong, Energy::Both));
        }
        if index.is_multiple_of(5) {
            own.push((With::System(System::Employer), TieKind::Tenuous, Energy::Neither));
        }
        for (with, kind, energy) in own {
            let tie = Tie { kind, energy, note: String::new(), since: open.on };
            ties.push(TieRow {
                client: client.id.clone(),
                node: ctx.new_id(),
                with,
                system: None,
                tie,
                recorded_by: by.clone(),
            });
        }
        let size = world.clients.get(index).map_or(1, |it| it.household_size);
        let mut people = family(client, index, size, today);
        // The first clients of an area are neighbours of the next ones there: both files know of it.
        if let Some(other) = by_area.insert(client.area.as_str(), index)
            && index.is_multiple_of(4)
            && let Some(other) = made.clients.get(other)
        {
            people.push(NewRelation {
                kind: RelationKind::Neighbour,
                other: Other::Client(other.id.clone()),
                home: Home::Elsewhere,
                from: None,
                note: String::new(),
            });
        }
        relations.extend(people.into_iter().map(|relation| RelationRow {
            client: client.id.clone(),
            relation,
            recorded_by: by.clone(),
        }));
    }
    // Facts are recorded in the order of their days.
    ties.sort_by_key(|row| row.tie.since);
    ecomap::ties_insert(tx, &ties).await?;
    professionals::links_insert(ctx, tx, &links).await?;
    household::relations_insert(ctx, tx, &relations).await?;
    Ok(())
}

fn pick<'a>(list: &[&'a str], at: usize) -> &'a str {
    list.get(at % list.len().max(1)).copied().unwrap_or_default()
}

/// Contacts of every organization and the people in it; the first of each organization, by its id.
async fn directory(
    ctx: &Ctx,
    tx: &mut Tx,
    world: &World,
    made: &Made<'_>,
) -> anyhow::Result<BTreeMap<String, String>> {
    let contacts: Vec<(String, Contacts)> = made
        .organizations
        .iter()
        .zip(0_usize..)
        .map(|(it, at)| {
            let contacts = Contacts {
                address: format!("{} Harbor Street", 100 + 7 * at),
                phone: format!("(555) 555-01{:02}", at % 100),
                hours: pick(&["Mon–Fri 9–16", "Mon–Thu 8:30–15", "Tue and Thu 10–18"], at).to_owned(),
                note: String::new(),
            };
            (it.id.clone(), contacts)
        })
        .collect();
    professionals::contacts_insert(tx, &contacts).await?;
    let mut first = BTreeMap::new();
    let mut people = Vec::with_capacity(world.professionals.len());
    for (it, at) in world.professionals.iter().zip(0_usize..) {
        let organization =
            made.organizations.get(it.organization).context("find a professional's organization")?;
        let id = ctx.new_id();
        first.entry(organization.id.clone()).or_insert_with(|| id.clone());
        people.push(Professional {
            id,
            organization_id: organization.id.clone(),
            name: it.name.clone(),
            role: it.title.to_owned(),
            phone: format!("(555) 555-01{:02} ext. {}", (at / 2) % 100, 10 + at % 2),
            email: String::new(),
            note: pick(&["", "Mornings are best", "", "Speaks Spanish"], at).to_owned(),
            left_on: None,
            version: 1,
        });
    }
    professionals::professionals_insert(tx, &people).await?;
    Ok(first)
}

/// What a client met at an organization.
struct Met {
    on: Day,
    kind: EventKind,
}

/// By client and organization, in the order of the days; nothing that lies ahead.
fn met(world: &World, today: Day) -> anyhow::Result<BTreeMap<(usize, usize), Vec<Met>>> {
    let mut met: BTreeMap<(usize, usize), Vec<Met>> = BTreeMap::new();
    for event in &world.events {
        let Some(organization) = event.organization else { continue };
        let on = Day::new(event.occurred_on).context("place a simulated day in the calendar")?;
        let kind = EventKind::from_code(event.kind.as_str()).context("know a simulated kind")?;
        if on <= today {
            met.entry((event.client, organization)).or_default().push(Met { on, kind });
        }
    }
    Ok(met)
}

struct Open {
    worker: usize,
    on: Day,
}

/// Clients with an open case: who works with them, and since when.
fn open_clients(world: &World, today: Day) -> anyhow::Result<BTreeMap<usize, Open>> {
    let mut open = BTreeMap::new();
    for case in &world.cases {
        let day = |date| Day::new(date).context("place a simulated day in the calendar");
        let on = day(case.opened_on)?;
        let closed_on = case.closed_on.map(day).transpose()?;
        if on <= today && closed_on.is_none_or(|closed| closed > today) {
            open.insert(case.client, Open { worker: case.worker, on });
        }
    }
    Ok(open)
}

/// A tie over time: tenuous at first, stressful with a barrier, strong with a service, broken off after the fourth
/// barrier without one.
fn states(met: &[Met], at: usize) -> Vec<Tie> {
    let mut states: Vec<Tie> = Vec::new();
    let mut barriers = 0;
    for it in met {
        let kind = match it.kind {
            EventKind::Barrier => {
                barriers += 1;
                if barriers >= 4 { TieKind::Broken } else { TieKind::Stressful }
            }
            EventKind::Crisis | EventKind::Decision => TieKind::Stressful,
            EventKind::Service => {
                barriers = 0;
                TieKind::Strong
            }
            EventKind::Referral | EventKind::Contact if states.is_empty() => TieKind::Tenuous,
            EventKind::Referral | EventKind::Contact => continue,
        };
        let (energy, note) = match kind {
            TieKind::Strong => (Energy::ToClient, pick(&HELPED, at + states.len())),
            TieKind::Stressful => (Energy::FromClient, pick(&STRESSED, at + states.len())),
            TieKind::Tenuous | TieKind::Broken => (Energy::Neither, ""),
        };
        // A worker redraws the map now and then, not at every event.
        let is_news =
            states.last().is_none_or(|last| last.kind != kind && it.on.days_since(last.since) >= 20);
        if is_news {
            states.push(Tie { kind, energy, note: note.to_owned(), since: it.on });
        }
    }
    states
}

/// As many as the household holds, and for some a grandparent elsewhere.
fn family(client: &Client, index: usize, size: u32, today: Day) -> Vec<NewRelation> {
    let family_name = client.preferred_name.split_whitespace().next_back().unwrap_or_default();
    let is_minor = today.year() - client.born_on.year() < 18;
    let mut people = Vec::new();
    let mut push = |kind, home, seat: usize| {
        people.push(NewRelation {
            kind,
            other: Other::Person {
                name: format!("{} {family_name}", pick(&GIVEN, 5 * index + 7 * seat)),
                gender: Gender::NotRecorded,
            },
            home,
            from: None,
            note: String::new(),
        });
    };
    for seat in 1..usize::try_from(size).unwrap_or(1).min(6) {
        let kind = match (is_minor, seat) {
            (true, 1) if index.is_multiple_of(9) => RelationKind::Guardian,
            (true, 1) => RelationKind::Parent,
            (true, 2) if index.is_multiple_of(2) => RelationKind::Parent,
            (true, _) => RelationKind::Sibling,
            (false, 1) if index.is_multiple_of(2) => RelationKind::Partner,
            (false, _) => RelationKind::Child,
        };
        push(kind, Home::Shared, seat);
    }
    if index.is_multiple_of(3) {
        push(RelationKind::Grandparent, Home::Elsewhere, 8);
    }
    people
}
