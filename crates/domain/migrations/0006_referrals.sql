-- Referrals that come back, and services.

-- organization_id is '' for a recipient that is not on our list; `recipient` is then its name. state, since_on and
-- due_on are what the last step made of them: due_on is the day by which we should hear from the recipient.
create table referral (
  id text primary key,
  case_id text not null references client_case (id),
  organization_id text not null,
  recipient text not null,
  system text not null,
  need text not null,
  service text not null,
  why text not null,
  shares text not null,
  consented_on text not null,
  urgency text not null,
  answer_days integer not null,
  contact text not null,
  state text not null,
  outcome text not null,
  reason_code text not null,
  created_on text not null,
  sent_on text not null,
  since_on text not null,
  due_on text not null,
  expected_on text not null,
  ended_on text not null,
  sent_by text not null,
  version integer not null,
  -- The due_on that a reminder was made for, so that each is made once.
  nudged_for text not null,
  -- The barrier that was recorded because of how it ended.
  barrier_event_id text not null
) strict;
create index referral_by_case on referral (case_id);
create index referral_by_due on referral (due_on);

-- What happened to a referral, one row a step; event_id is '' where the step says nothing new for the record.
create table referral_step (
  seq integer primary key autoincrement,
  referral_id text not null references referral (id),
  command text not null,
  state text not null,
  on_day text not null,
  expected_on text not null,
  reason_code text not null,
  outcome text not null,
  words text not null,
  -- Who said it on the recipient's side, where they gave a name.
  said_by text not null,
  -- 'worker', or 'link' where the recipient answered without an account.
  via text not null,
  recorded_by text not null,
  recorded_at integer not null,
  event_id text not null
) strict;
create index referral_step_by_referral on referral_step (referral_id, seq);

-- One-time links for recipients without an account.
create table referral_link (
  secret_hash text primary key,
  referral_id text not null references referral (id),
  made_at integer not null,
  made_by text not null,
  expires_at integer not null,
  opened_at integer
) strict;
create index referral_link_by_referral on referral_link (referral_id);

-- What stands behind a case event of kind service. Amounts in hundredths of their unit.
create table service_detail (
  event_id text primary key references case_event (id),
  referral_id text not null,
  what text not null,
  provider text not null,
  amount_hundredths integer,
  unit text not null
) strict;
create index service_detail_by_referral on service_detail (referral_id);
