//! SQL of the calendar's address.

crate::statements! {
    FEED_WRITE = "\
insert into calendar_feed (account_id, secret_hash, made_at)
values ($1, $2, $3)
on conflict (account_id) do update set secret_hash = excluded.secret_hash, made_at = excluded.made_at";
    FEED_OF = "select account_id from calendar_feed where secret_hash = $1";
    FEED_THERE = "select made_at from calendar_feed where account_id = $1";
}
