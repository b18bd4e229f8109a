//! Listening, and stopping without cutting anybody off.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use domain::casework::caseload;
use domain::casework::referrals;
use domain::kernel::accounts;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use super::routes::Routes;
use super::state::AppState;
use super::{handlers, headers, session};

/// How long requests may take to end once the server has been asked to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
const HOUSEKEEPING: Duration = Duration::from_secs(10 * 60);

/// Everything that answers, in the order: headers, session, guard, handler.
pub fn router(app: &AppState) -> Router {
    router_of(app, handlers::routes(Routes::new(app.clone())))
}

pub(super) fn router_of(app: &AppState, routes: Routes) -> Router {
    routes
        .into_router()
        .layer(session::layer(app))
        .layer(CatchPanicLayer::custom(|_| -> Response {
            // Handlers have a net of their own; this one is for the guard and draws nothing.
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(from_fn_with_state(app.clone(), headers::headers))
}

/// Serves until `stop` is done, then lets running requests end.
pub async fn serve(
    app: AppState,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, asked) = tokio::sync::oneshot::channel();
    let housekeeping = tokio::spawn(keep_house(app));
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        // The other end is there as long as the server is.
        let _ = stopping.send(());
    });
    let too_late = async {
        if asked.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    let done = tokio::select! {
        done = serving => done,
        () = too_late => Ok(()),
    };
    housekeeping.abort();
    done
}

/// Takes away what has ended, and reminds of referrals that went quiet.
async fn keep_house(app: AppState) {
    loop {
        if let Err(error) = accounts::sessions_prune(&app.site).await {
            tracing::warn!("could not take ended sessions away: {}", crate::cli::chain(&error));
        }
        if let Err(error) = caseload::remind(&app.site.system("reminders")).await {
            tracing::warn!("could not look for reminders: {}", crate::cli::chain(&error));
        }
        if let Err(error) = referrals::nudge(&app.site.system("referrals")).await {
            tracing::warn!("could not remind of referrals without an answer: {}", crate::cli::chain(&error));
        }
        tokio::time::sleep(HOUSEKEEPING).await;
    }
}

/// Done when the process is asked to end: ctrl-c, or SIGTERM.
pub async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending::<()>().await,
            }
        };
        tokio::select! { () = interrupt => (), () = terminate => () }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
