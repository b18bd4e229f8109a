//! The pages: routes, handlers and views.

