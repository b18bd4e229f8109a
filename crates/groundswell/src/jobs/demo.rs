//! The demo agency: the simulated world of `sim`, written through the same doors as real data.
//!
//! It is made in a folder of its own that gets its final name only when all of it is there, so a demo that was cut
//! off while it was being made is made afresh the next time.

mod barriers;
mod cases;
mod clients;
mod referrals;
mod systems;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use analytics::{Engine, identify};
use anyhow::Context as _;
use domain::casework::{self, Case, CaseEvent};
use domain::evaluation::{Design, PlaceStart, Plan, TimeStep};
use domain::evidence::signals::{self, Detector, SignalFilter, SignalState};
use domain::evidence::{self, Stratum};
use domain::issues::{self, OpenIssue};
use domain::kernel::accounts::{self, AddAccount, Login, Name, Typed};
use domain::kernel::clock::{Day, Instant};
use domain::kernel::codes::{EventKind, System};
use domain::kernel::ctx::{Actor, Ctx, Role, Site};
use domain::kernel::ids::{AccountId, CaseId, ClientId};
use domain::people::{self, Client, Organization};
use interop::areas::AreaProperties;
use interop::population::PopulationColumns;
use sim::World;

use super::evaluate;
use super::import::{self, DryRun, PopulationOptions, Source};

/// The passphrase of every demo account. The demo holds nothing but invented people.
pub const PASSPHRASE: &str = "larkwater-otter-quilt-1907";

/// Where the files of the simulated world lie inside the demo's data folder, the planted truth among them.
pub const FILES: &str = "simulated-agency";

/// The setting that says that a site is the demo.
pub const IS_DEMO: &str = "is_demo";

/// One account to log in with, for the first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLogin {
    pub role: Role,
    pub login: String,
    pub name: String,
}

/// The first account of every role, in the order of the roles.
pub fn logins(world: &World) -> Vec<DemoLogin> {
    Role::ALL
        .into_iter()
        .filter_map(|role| {
            let staff = world.staff.iter().find(|staff| staff.role.as_str() == role.code())?;
            Some(DemoLogin { role, login: staff.login.clone(), name: staff.display_name.clone() })
        })
        .collect()
}

/// The folder in which a demo is made before it gets its name.
pub fn folder_in_the_making(data: &Path) -> PathBuf {
    let name = data.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    data.with_file_name(format!("{name}.making"))
}

/// Fills an empty site with the simulated agency. `folder` is its data folder.
pub async fn load(site: &Site, world: &World, folder: &Path, say: impl Fn(&str)) -> anyhow::Result<()> {
    let ctx = site.system("demo");
    let files = folder.join(FILES);
    fs::create_dir_all(&files).context("make the folder of the simulated agency")?;
    world.write_files(&files).context("write the files of the simulated agency")?;

    say("map and population");
    let properties = AreaProperties { parent: Some("district".to_owned()), ..Default::default() };
    import::areas(&ctx, &Source::at(&files.join("areas.geojson")), &properties, DryRun::No).await?;
    let columns = PopulationColumns {
        area: "area".to_owned(),
        population: "population".to_owned(),
        unit: Some("unit".to_owned()),
        groups: ["language", "age_band", "gender"].map(|name| (name.to_owned(), name.to_owned())).into(),
        ..Default::default()
    };
    // Residents of one reference year; the dates of the file would leave the other years without a denominator.
    let options = PopulationOptions { columns, ..Default::default() };
    import::population(&ctx, &Source::at(&files.join("population.csv")), &options, None, DryRun::No).await?;

    say("accounts");
    let staff = staff(&ctx, world).await?;

    say("clients and cases");
    let made = agency(&ctx, world, &staff).await?;
    barriers::load(&ctx, Day::new(world.truth.last_day).context("place the last simulated day")?).await?;
    let mut tx = ctx.begin().await?;
    accounts::setting_write(&mut tx, accounts::AGENCY_NAME, sim::AGENCY).await?;
    accounts::setting_write(&mut tx, IS_DEMO, "1").await?;
    tx.commit().await?;

    cases::work(site, &made).await?;
    self::clients::work(site, world, &staff, &made).await?;

    say("evidence");
    evidence::top_up(&ctx).await?;
    Ok(())
}

/// Lets the demo's people do what theirs would: look for signals, open an issue, plan and make an evaluation.
pub async fn work(site: &Site, world: &World, say: impl Fn(&str)) -> anyhow::Result<()> {
    say("looking for signals (a minute or two)");
    let ctx = site.system("demo");
    let engine = Engine::Database(site.db.clone());
    identify::identify(&ctx, &engine, &identify::Options::default(), |_, _, _| {}).await?;

    say("an issue and an evaluation");
    let cluster = &world.truth.cluster;
    let filter = SignalFilter {
        state: SignalState::Live,
        detector: Detector::Scan.code().to_owned(),
        dataset: evidence::CASEWORK.to_owned(),
        code: cluster.code.clone(),
        limit: 1,
    };
    let found = signals::signals(&site.db, &filter).await?;
    let organizer = site.ctx(actor_with(site, Role::Organizer).await?);
    let issue = OpenIssue {
        title: "Benefits lost over a recertification letter".to_owned(),
        description: "Since a new recertification notice went out, families in three neighbouring areas lose \
            benefits for a letter they missed or could not read. We want a second notice in plain words, in the \
            family's language, before anything stops."
            .to_owned(),
        system: cluster.system.clone(),
        signal_key: found.first().map(|stored| stored.signal.key.clone()),
    };
    issues::open(&organizer, &issue).await?;

    let change = &world.truth.rule_change;
    let starts = change
        .adoptions
        .iter()
        .map(|adoption| {
            Ok(PlaceStart {
                // Areas know their district by its name.
                area: world
                    .districts
                    .iter()
                    .find(|district| district.code == adoption.district)
                    .map_or_else(|| adoption.district.clone(), |district| district.name.clone()),
                from: adoption.from.map(Day::new).transpose().context("place an adoption in the calendar")?,
            })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let plan = Plan {
        title: "County rule: copies of documents are enough".to_owned(),
        dataset: evidence::CASEWORK.to_owned(),
        kind: EventKind::Barrier,
        code: change.code.clone(),
        design: Design::Staggered { starts, step: TimeStep::Month },
        dimension: world.truth.left_behind.dimension.clone(),
        value: String::new(),
        smallest_effect: None,
    };
    let evaluator = site.ctx(actor_with(site, Role::Evaluator).await?);
    evaluate::lock_and_estimate(&evaluator, &plan).await?;
    Ok(())
}

async fn actor_with(site: &Site, role: Role) -> anyhow::Result<Actor> {
    let all = accounts::accounts(&site.db).await?;
    let account = all.iter().find(|account| account.roles.contains(&role));
    Ok(account.context("find the account of a role of the demo")?.actor())
}

/// An account for everybody on the staff; their ids in the staff's order.
async fn staff(ctx: &Ctx, world: &World) -> anyhow::Result<Vec<AccountId>> {
    let mut ids = Vec::with_capacity(world.staff.len());
    for person in &world.staff {
        let role = Role::from_code(person.role.as_str()).context("know the role of a simulated person")?;
        let cmd = AddAccount {
            login: Login::parse(&person.login)?,
            name: Name::parse(&person.display_name)?,
            roles: [role].into_iter().collect(),
        };
        let (account, _) = accounts::add(ctx, cmd).await?;
        accounts::password_set(ctx, &account.id, Typed::new(PASSPHRASE)).await?;
        ids.push(account.id);
    }
    Ok(ids)
}

/// Organizations, clients, cases and what happened, in one transaction.
async fn agency(ctx: &Ctx, world: &World, staff: &[AccountId]) -> anyhow::Result<Vec<Case>> {
    let day = |date| Day::new(date).context("place a simulated day in the calendar");
    let area_code = |index: usize| world.areas.get(index).map(|area| area.code.clone()).unwrap_or_default();
    let mut tx = ctx.begin().await?;

    let organizations = world
        .organizations
        .iter()
        .map(|organization| {
            Ok(Organization {
                id: organization.code.clone(),
                name: organization.name.clone(),
                system: System::from_code(organization.system).context("know a simulated system")?,
                area: area_code(organization.area),
            })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    people::organizations_insert(&mut tx, &organizations).await?;

    let mut clients = Vec::with_capacity(world.clients.len());
    let mut strata: Vec<Stratum> = Vec::with_capacity(world.clients.len());
    for client in &world.clients {
        let groups: BTreeMap<String, String> =
            [("language", client.language), ("age_band", client.age_band), ("gender", client.gender)]
                .map(|(dimension, value)| (dimension.to_owned(), value.to_owned()))
                .into();
        strata.push(groups.clone());
        clients.push(Client {
            id: ClientId::from_text(ctx.new_id()),
            preferred_name: client.preferred_name.clone(),
            legal_name: client.legal_name.clone(),
            pronouns: client.pronouns.to_owned(),
            language: client.language.to_owned(),
            born_on: day(client.birth_on)?,
            area: area_code(client.area),
            strength: client.strength.to_owned(),
            wish: client.wish.to_owned(),
            groups,
        });
    }
    people::clients_insert(ctx, &mut tx, &clients).await?;
    let strata = strata_by_client(&tx, strata).await?;

    let mut cases = Vec::with_capacity(world.cases.len());
    for case in &world.cases {
        let client = clients.get(case.client).context("find the client of a simulated case")?;
        cases.push(Case {
            id: CaseId::from_text(ctx.new_id()),
            client: client.id.clone(),
            area: client.area.clone(),
            stratum_id: strata.get(case.client).copied().unwrap_or_default(),
            worker: staff.get(case.worker).cloned().context("find the worker of a simulated case")?,
            opened_on: day(case.opened_on)?,
            closed_on: case.closed_on.map(day).transpose()?,
        });
    }
    casework::cases_insert(ctx, &mut tx, &cases).await?;

    let mut events = Vec::with_capacity(world.events.len());
    for event in &world.events {
        let organization = event.organization.and_then(|index| organizations.get(index));
        events.push(CaseEvent {
            case: cases.get(event.case).context("find the case of a simulated event")?.id.clone(),
            kind: EventKind::from_code(event.kind.as_str()).context("know a simulated kind")?,
            code: event.code.to_owned(),
            system: System::from_code(event.system),
            organization: organization.map(|it| it.id.clone()).unwrap_or_default(),
            occurred_on: day(event.occurred_on)?,
            ended_on: event.ended_on.map(day).transpose()?,
            note: event.note.clone(),
            recorded_at: Instant::on_day(day(event.recorded_on)?, 16),
            recorded_by: staff.get(event.worker).cloned().context("find who recorded an event")?,
        });
    }
    casework::events_insert(ctx, &mut tx, &events).await?;
    referrals::insert(ctx, &mut tx, world, &cases, &organizations, staff).await?;
    let made = systems::Made { organizations: &organizations, clients: &clients, staff };
    systems::write(ctx, &mut tx, world, &made).await?;
    self::cases::write(ctx, &mut tx, world, &cases).await?;
    self::clients::write(ctx, &mut tx, world, &clients, &cases, staff).await?;
    tx.commit().await?;
    Ok(cases)
}

/// The group combination of every client; each distinct one is looked up once.
async fn strata_by_client(tx: &domain::kernel::db::Tx, strata: Vec<Stratum>) -> anyhow::Result<Vec<i64>> {
    let distinct: Vec<Stratum> =
        strata.iter().cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let ids = evidence::strata_ids(tx, &distinct).await?;
    let known: BTreeMap<&Stratum, i64> = distinct.iter().zip(ids).collect();
    Ok(strata.iter().map(|stratum| known.get(stratum).copied().unwrap_or_default()).collect())
}
