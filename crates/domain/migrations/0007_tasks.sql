-- Tasks, reminders, approvals, calendar feeds. Days ISO text ('' = none), instants integer microseconds, flags 0 or 1.

-- Something to do. case_id is '' for a person's own to-do.
create table task (
  id text primary key,
  case_id text not null,
  worker_id text not null,
  kind text not null,
  title text not null,
  due_on text not null,
  -- '09:30', by the agency's clock; '' = any time that day.
  due_at text not null,
  -- The day on which it asks for work: when it is due, or the day it was put off to.
  act_on text not null,
  source text not null,
  -- Who writes the same task twice with the same key has one task. '' = no key.
  source_key text not null,
  state text not null,
  made_at integer not null,
  made_by text not null,
  ended_at integer,
  version integer not null
) strict;
create unique index task_source_unique on task (source, source_key) where source_key <> '';
create index task_by_worker on task (worker_id, state, act_on);
create index task_by_case on task (case_id, state, act_on);
create index task_by_due on task (worker_id, due_on);

-- What was done with a task, in order.
create table task_step (
  seq integer primary key autoincrement,
  task_id text not null references task (id),
  step text not null,
  -- The day it was put off to; '' for other steps.
  day text not null,
  reason text not null,
  account_id text not null,
  at integer not null,
  by text not null
) strict;
create index task_step_by_task on task_step (task_id, seq);

-- How a case moved: states, people, programme, weight, approvals. The file's timeline reads it.
create table case_change (
  seq integer primary key autoincrement,
  id text not null,
  case_id text not null references client_case (id),
  kind text not null,
  from_code text not null,
  to_code text not null,
  reason text not null,
  day text not null,
  note text not null,
  account_id text not null,
  at integer not null,
  by text not null,
  constraint case_change_id_unique unique (id)
) strict;
create index case_change_by_case on case_change (case_id, seq);

-- What a supervisor looks at afterwards: the closing of a case, a plan. subject_id is '' for the case itself.
create table approval (
  id text primary key,
  case_id text not null references client_case (id),
  subject text not null,
  subject_id text not null,
  state text not null,
  asked_at integer not null,
  asked_by text not null,
  decided_at integer,
  decided_by text not null,
  note text not null
) strict;
create index approval_by_state on approval (state, asked_at);
create index approval_by_case on approval (case_id);

-- A calendar's address that works without logging in; only the hash of its secret is kept.
create table calendar_feed (
  account_id text primary key references account (id),
  secret_hash text not null,
  made_at integer not null,
  constraint calendar_feed_secret_unique unique (secret_hash)
) strict;

-- The order in which a person keeps the caseload board.
create table caseload_order (
  account_id text primary key references account (id),
  sort text not null
) strict;

-- When somebody looks at the case again: the waitlist's date, the end of a hold.
alter table client_case add column review_on text not null default '';
alter table client_case add column plan_review_on text not null default '';

-- What the caseload board shows of a case, taken from its events and tasks whenever they have changed.
alter table client_case add column last_contact_on text not null default '';
alter table client_case add column next_due_on text not null default '';
alter table client_case add column next_date_on text not null default '';
alter table client_case add column crisis_on text not null default '';
alter table client_case add column crisis_code text not null default '';
-- The day from which the case needs action, earlier when the need is greater; '' = not open.
alter table client_case add column need_on text not null default '';
alter table client_case add column is_stale integer not null default 1;
-- The day on which the rules last looked for reminders.
alter table client_case add column reminded_on text not null default '';
create index client_case_by_need on client_case (worker_id, need_on) where need_on <> '';
create index client_case_by_need_of_all on client_case (need_on) where need_on <> '';
create index client_case_to_remind on client_case (reminded_on) where need_on <> '';
create index client_case_stale on client_case (id) where is_stale = 1;

-- How far the events have been taken into client_case.
create table caseload_watermark (
  source text primary key,
  seq integer not null
) strict;
insert into caseload_watermark (source, seq) values ('case_event', 0);

-- Cases from before: what has ended is finished, and the one in the lead has a part in it.
update client_case set state = 'finished' where closed_on <> '' and state = 'active';
insert into case_assignment (id, case_id, account_id, part, from_day, to_day, reason)
  select 'lead-' || cc.id, cc.id, cc.worker_id, 'lead', cc.opened_on, '', ''
  from client_case cc
  where not exists (select 1 from case_assignment ca where ca.case_id = cc.id and ca.part = 'lead' and ca.to_day = '');
