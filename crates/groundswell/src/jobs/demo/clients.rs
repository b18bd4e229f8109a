//! How to reach the demo's clients and what others call them; a few of them entered twice by two workers, with the slips
//! that intake makes; a file opened in an emergency.

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::casework::{self, Case};
use domain::kernel::access;
use domain::kernel::clock::Day;
use domain::kernel::ctx::{Actor, Ctx, Role, Site};
use domain::kernel::db::Tx;
use domain::kernel::ids::{AccountId, CaseId, ClientId};
use domain::people::{self, Client, details, matching};
use sim::World;
use sim::duplicates::{self, Record};

/// Clients between two who were entered twice.
const APART: usize = 90;

/// Days before the last one on which the second record was made.
const LATELY: i64 = 20;

type Phones = Vec<(ClientId, String, String, bool)>;
type Identifiers = Vec<(ClientId, String, String)>;

/// Phones and numbers of everybody, and the second records.
pub async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    world: &World,
    clients: &[Client],
    cases: &[Case],
    staff: &[AccountId],
) -> anyhow::Result<()> {
    let (mut phones, mut identifiers): (Phones, Identifiers) = (Vec::new(), Vec::new());
    for (at, (client, known)) in clients.iter().zip(&world.clients).enumerate() {
        identifiers.push((client.id.clone(), "agency".to_owned(), known.number.clone()));
        if at % 10 < 7 {
            phones.push((client.id.clone(), phone(at), String::new(), at % 3 == 0));
        }
    }
    let last = Day::new(world.truth.last_day).context("place the last simulated day")?;
    let place: BTreeMap<&ClientId, usize> = clients.iter().enumerate().map(|(at, it)| (&it.id, at)).collect();
    let (mut seconds, mut their_cases) = (Vec::new(), Vec::new());
    for case in cases.iter().filter(|case| case.closed_on.is_none()).step_by(APART) {
        let at = place.get(&case.client).copied().context("find the client of a case")?;
        let of = clients.get(at).context("find a client")?;
        let record = Record {
            person: u32::try_from(at).unwrap_or(u32::MAX),
            preferred_name: of.preferred_name.clone(),
            legal_name: String::new(),
            birth_on: Some(of.born_on.date()),
            phone: if at % 10 < 7 { phone(at) } else { String::new() },
            identifier: String::new(),
            area: of.area.clone(),
        };
        let again = duplicates::again_of(&record, world.config.seed);
        let born_on = again.birth_on.and_then(|date| Day::new(date).ok()).unwrap_or(of.born_on);
        let client = Client {
            id: ClientId::from_text(ctx.new_id()),
            preferred_name: again.preferred_name,
            legal_name: String::new(),
            born_on,
            strength: String::new(),
            wish: String::new(),
            ..of.clone()
        };
        if !again.phone.is_empty() {
            phones.push((client.id.clone(), again.phone, String::new(), false));
        }
        let lead = staff.iter().position(|it| *it == case.worker).unwrap_or(0);
        their_cases.push(Case {
            id: CaseId::from_text(ctx.new_id()),
            client: client.id.clone(),
            worker: caseworker(world, staff, lead + 5).context("find a caseworker")?,
            opened_on: last.plus_days(-LATELY),
            ..case.clone()
        });
        seconds.push(client);
    }
    people::clients_insert(ctx, tx, &seconds).await?;
    casework::cases_insert(ctx, tx, &their_cases).await?;
    details::numbers_insert(ctx, tx, &phones, &identifiers).await?;
    Ok(())
}

/// A number of the exchange that films use.
fn phone(at: usize) -> String {
    format!("(208) 555-{:04}", (at * 37 + 2_003) % 10_000)
}

fn caseworker(world: &World, staff: &[AccountId], at: usize) -> Option<AccountId> {
    let of: Vec<&AccountId> = world
        .staff
        .iter()
        .zip(staff)
        .filter(|(person, _)| person.role.as_str() == Role::Caseworker.code())
        .map(|(_, id)| id)
        .collect();
    of.get(at % of.len().max(1)).map(|id| (*id).clone())
}

/// What the demo's people did about it: the supervisor had the record looked through, and a worker opened a colleague's
/// file at the hospital.
pub async fn work(site: &Site, world: &World, staff: &[AccountId], cases: &[Case]) -> anyhow::Result<()> {
    matching::find(&site.system("demo")).await?;
    let worker = caseworker(world, staff, 1).context("find a caseworker")?;
    let case = cases.iter().find(|case| case.closed_on.is_none() && case.worker != worker);
    let client = &case.context("find a colleague's open case")?.client;
    let roles = [Role::Caseworker].into_iter().collect();
    let ctx = site.ctx(Actor::Person { account: worker, roles });
    let reason = "With her in the emergency room; her worker is on leave and the ward asks whom to call.";
    Ok(access::open_in_emergency(&ctx, client, reason).await?)
}
