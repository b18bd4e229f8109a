-- Barriers and crises. What happened stands in case_event; here stand the axes of a barrier, how it ended, and what
-- is known about a crisis. Days ISO text ('' = none), instants integer microseconds, codes '' = not said.

-- A correction is a new row of case_event; one row is corrected once, whoever else tries at the same moment.
create unique index case_event_superseded_once on case_event (supersedes_seq) where supersedes_seq is not null;
create index case_event_by_kind on case_event (kind, occurred_on, code);

-- barrier_id is the id of the first row of the barrier: it stays when the barrier is corrected.
create table barrier_detail (
  event_id text primary key references case_event (id),
  barrier_id text not null,
  burden text not null,
  access text not null,
  locus text not null,
  severity text not null,
  need_domain text not null,
  verb text not null,
  preventable text not null,
  confidence text not null,
  verification text not null,
  rule text not null,
  workaround text not null,
  cost_days integer,
  cost_cents integer,
  own_words text not null
) strict;
create index barrier_detail_by_barrier on barrier_detail (barrier_id);

create table barrier_resolution (
  barrier_id text primary key,
  resolved_on text not null,
  how text not null,
  note text not null,
  recorded_at integer not null,
  recorded_by text not null
) strict;

-- crisis_id is the id of the first row, as above.
create table crisis_detail (
  event_id text primary key references case_event (id),
  crisis_id text not null,
  setting text not null,
  level integer not null,
  foreseeable text not null
) strict;
create index crisis_detail_by_crisis on crisis_detail (crisis_id);

create table crisis_system (
  event_id text not null references case_event (id),
  system text not null,
  constraint crisis_system_pk primary key (event_id, system)
) strict;

-- What came before, as the worker ticked it.
create table crisis_antecedent (
  crisis_id text not null,
  event_id text not null references case_event (id),
  constraint crisis_antecedent_pk primary key (crisis_id, event_id)
) strict;

create table crisis_review (
  crisis_id text primary key,
  preventable text not null,
  tried text not null,
  missing text not null,
  barrier_code text not null,
  barrier_event_id text not null,
  reviewed_on text not null,
  reviewed_at integer not null,
  reviewed_by text not null,
  version integer not null
) strict;
