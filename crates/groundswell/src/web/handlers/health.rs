//! What is no page: the bundle's files and the health check.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use domain::kernel::accounts;
use tower_http::compression::CompressionLayer;

use crate::web::assets;
use crate::web::routes::Routes;
use crate::web::state::AppState;

pub fn routes(routes: Routes) -> Routes {
    routes
        .open("/healthz", get(healthz))
        // Only files are compressed. A page holds a form's token beside what somebody typed, and the length of the
        // compressed page would give the token away bit by bit (BREACH).
        .open("/assets/{*name}", get(assets::serve).layer(CompressionLayer::new()))
        // Browsers ask for it unbidden; the pages name none.
        .open("/favicon.ico", get(async || StatusCode::NO_CONTENT))
}

/// `ok` when the database answers.
async fn healthz(State(app): State<AppState>) -> (StatusCode, &'static str) {
    match accounts::setting(&app.site.db, accounts::AGENCY_NAME).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!("could not {}", crate::cli::chain(&error));
            (StatusCode::SERVICE_UNAVAILABLE, "could not reach the database\n")
        }
    }
}
