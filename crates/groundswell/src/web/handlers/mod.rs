//! The pages, one file per part of the work. Each declares its routes; adding a file is a line here.

mod account;
mod assessments;
mod audit;
mod barriers;
mod calendar;
mod caseload;
mod cases;
#[cfg(test)]
mod casework_tests;
mod client_file;
mod clients;
mod corner;
mod crises;
mod disparities;
mod drafts;
mod evaluation;
mod health;
mod imports;
mod issues;
mod language;
mod login;
mod organizations;
mod people;
mod plan;
#[cfg(test)]
mod plan_tests;
mod quick_log;
mod referrals;
mod setup;
mod signals;
mod supervise;
mod systems;
mod tasks;

use super::routes::Routes;

/// Every route of the server.
pub fn routes(routes: Routes) -> Routes {
    let routes = health::routes(routes);
    let routes = setup::routes(routes);
    let routes = login::routes(routes);
    let routes = language::routes(routes);
    let routes = corner::routes(routes);
    let routes = signals::routes(routes);
    let routes = disparities::routes(routes);
    let routes = systems::routes(routes);
    let routes = organizations::routes(routes);
    let routes = evaluation::routes(routes);
    let routes = issues::routes(routes);
    let routes = imports::routes(routes);
    let routes = people::routes(routes);
    let routes = plan::routes(routes);
    let routes = assessments::routes(routes);
    let routes = audit::routes(routes);
    let routes = client_file::routes(routes);
    let routes = quick_log::routes(routes);
    let routes = drafts::routes(routes);
    let routes = barriers::routes(routes);
    let routes = crises::routes(routes);
    let routes = referrals::routes(routes);
    let routes = tasks::routes(routes);
    let routes = cases::routes(routes);
    let routes = caseload::routes(routes);
    let routes = supervise::routes(routes);
    let routes = calendar::routes(routes);
    let routes = clients::routes(routes);
    account::routes(routes)
}
