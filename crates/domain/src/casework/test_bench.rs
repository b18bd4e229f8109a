//! An agency for tests: people, clients with a case each, and what happened.

use std::sync::Arc;

use super::caseload;
use super::cases::{self, Assignment, CaseBox, Change, Closure};
use super::tasks::{self, WorkerTasks};
use super::{Case, CaseEvent, cases_insert, events_insert};
use crate::kernel::access::{self, ClientGrant, May};
use crate::kernel::accounts::{self, AddAccount, Login, Name, Typed};
use crate::kernel::clock::{Clock, Day, Instant};
use crate::kernel::codes::EventKind;
use crate::kernel::ctx::{Actor, Ctx, Keys, Role, Site};
use crate::kernel::db::{self, Db, Sql, Tx};
use crate::kernel::ids::{AccountId, CaseId, ClientId, Ids};
use crate::people::{self, Client};

pub(crate) fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

pub(crate) struct Bench {
    _folder: tempfile::TempDir,
    pub site: Site,
}

impl Bench {
    /// On 15 June 2025.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            clock: Clock::Fixed(Instant::from_micros(1_750_000_000_000_000)),
            ids: Arc::new(Ids::counted()),
            keys: Arc::new(Keys::from_bytes([7; 32])),
        };
        Self { _folder: folder, site }
    }

    pub async fn person(&self, login: &str, role: Role) -> AccountId {
        let ctx = self.site.system("test");
        let cmd = AddAccount {
            login: Login::parse(login).unwrap(),
            name: Name::parse(login).unwrap(),
            roles: [role].into_iter().collect(),
        };
        let (account, _) = accounts::add(&ctx, cmd).await.unwrap();
        accounts::password_set(&ctx, &account.id, Typed::new("copper lantern drifts")).await.unwrap();
        account.id
    }

    pub async fn deactivate(&self, account: &AccountId) {
        accounts::deactivate(&self.site.system("test"), account).await.unwrap();
    }

    pub fn ctx(&self, account: &AccountId, role: Role) -> Ctx {
        self.site.ctx(Actor::Person { account: account.clone(), roles: [role].into_iter().collect() })
    }

    pub fn client_id(&self, name: &str) -> ClientId {
        ClientId::from_text(name.replace(' ', "-"))
    }

    fn client(&self, name: &str) -> Client {
        Client {
            id: self.client_id(name),
            preferred_name: name.to_owned(),
            legal_name: name.to_owned(),
            pronouns: String::new(),
            language: String::new(),
            born_on: day("1990-01-01"),
            area: "A1".to_owned(),
            strength: String::new(),
            wish: String::new(),
            groups: std::collections::BTreeMap::new(),
        }
    }

    fn case_of(&self, name: &str, worker: &AccountId, opened_on: &str) -> Case {
        Case {
            id: CaseId::from_text(format!("case-{}", self.client_id(name))),
            client: self.client_id(name),
            area: "A1".to_owned(),
            stratum_id: 1,
            worker: worker.clone(),
            opened_on: day(opened_on),
            closed_on: None,
        }
    }

    /// A client with an active case.
    pub async fn case(&self, name: &str, worker: &AccountId, opened_on: &str) -> CaseId {
        let ctx = self.site.system("test");
        let mut tx = ctx.begin().await.unwrap();
        people::clients_insert(&ctx, &mut tx, &[self.client(name)]).await.unwrap();
        let case = self.case_of(name, worker, opened_on);
        cases_insert(&ctx, &mut tx, std::slice::from_ref(&case)).await.unwrap();
        tx.commit().await.unwrap();
        case.id
    }

    /// Cases with what the board shows already in them.
    pub async fn many_cases(&self, worker: &AccountId, n: usize) {
        let ctx = self.site.system("test");
        let mut tx = ctx.begin().await.unwrap();
        let names: Vec<String> = (0..n).map(|at| format!("Client{:05} X", (at * 7919) % n)).collect();
        let clients: Vec<_> = names.iter().map(|name| self.client(name)).collect();
        people::clients_insert(&ctx, &mut tx, &clients).await.unwrap();
        let cases: Vec<_> = names.iter().map(|name| self.case_of(name, worker, "2025-01-10")).collect();
        cases_insert(&ctx, &mut tx, &cases).await.unwrap();
        let text = "update client_case set is_stale = 0, last_contact_on = substr('2025-05-01', 1, 8) || substr('0' || \
                    (1 + rowid % 28), -2), need_on = '2025-06-' || substr('0' || (1 + rowid % 30), -2)";
        tx.execute(Sql { name: "need", text }, vec![]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn event(&self, case: &CaseId, kind: EventKind, code: &str, on: &str) {
        let ctx = self.site.system("test");
        let event = CaseEvent {
            case: case.clone(),
            kind,
            code: code.to_owned(),
            system: None,
            organization: String::new(),
            occurred_on: day(on),
            ended_on: None,
            note: String::new(),
            recorded_at: ctx.now,
            recorded_by: AccountId::from_text("rosa"),
        };
        let mut tx = ctx.begin().await.unwrap();
        events_insert(&ctx, &mut tx, &[event]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn restrict(&self, name: &str, people: &[AccountId]) {
        let text =
            "insert into client_restriction (client_id, reason, set_at, set_by) values ($1, 'x', 0, 'x')";
        let member = "insert into client_restriction_member (client_id, account_id) values ($1, $2)";
        let tx = self.site.system("test").begin().await.unwrap();
        let client = self.client_id(name);
        tx.execute(Sql { name: "restrict", text }, vec![(&client).into()]).await.unwrap();
        for account in people {
            tx.execute(Sql { name: "name", text: member }, vec![(&client).into(), account.into()])
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub async fn closed_on(&self, case: &CaseId) -> String {
        let sql = Sql { name: "closed", text: "select closed_on from client_case where id = $1" };
        self.site.db.row(sql, vec![case.into()]).await.unwrap().unwrap().text(0).unwrap()
    }

    async fn file(&self, ctx: &Ctx, name: &str) -> (Tx, ClientGrant) {
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::client(ctx, &mut tx, self.client_id(name), May::Read).await.unwrap();
        (tx, grant)
    }

    pub async fn changes(&self, ctx: &Ctx, name: &str) -> Vec<Change> {
        let (tx, grant) = self.file(ctx, name).await;
        cases::changes(ctx, &tx, &grant).await.unwrap()
    }

    pub async fn boxes(&self, ctx: &Ctx, name: &str) -> Vec<CaseBox> {
        let (tx, grant) = self.file(ctx, name).await;
        cases::of_client(ctx, &tx, &grant).await.unwrap().into_iter().map(|(case, _)| case).collect()
    }

    pub async fn team(&self, ctx: &Ctx, name: &str) -> Vec<Assignment> {
        let (tx, grant) = self.file(ctx, name).await;
        cases::of_client(ctx, &tx, &grant).await.unwrap().remove(0).1
    }

    pub async fn closures(&self, ctx: &Ctx) -> Vec<Closure> {
        caseload::supervision(ctx).await.unwrap().closures
    }

    pub async fn tasks(&self, ctx: &Ctx) -> WorkerTasks {
        let tx = ctx.begin().await.unwrap();
        tasks::of_worker(ctx, &tx, 100).await.unwrap()
    }
}
