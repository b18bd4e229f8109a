-- What is wanted and who does what by when; reviews of what works; what an office once agreed to.

create table goal (
  id text primary key,
  case_id text not null references client_case (id),
  -- In the client's words.
  title text not null,
  need text not null,
  state text not null,
  set_on text not null,
  due_on text not null,
  closed_on text not null,
  outcome text not null,
  made_with_client integer not null,
  version integer not null
) strict;
create index goal_by_case on goal (case_id, state);

create table goal_step (
  id text primary key,
  goal_id text not null references goal (id),
  title text not null,
  who text not null,
  organization_id text not null,
  due_on text not null,
  state text not null,
  done_on text not null,
  task_id text not null,
  place integer not null
) strict;
create index goal_step_by_goal on goal_step (goal_id, place);

create table change_review (
  id text primary key,
  case_id text not null references client_case (id),
  held_on text not null,
  held_with text not null,
  system text not null,
  organization_id text not null,
  recorded_at integer not null,
  recorded_by text not null
) strict;
create index change_review_by_case on change_review (case_id, held_on);

create table change_item (
  id text primary key,
  review_id text not null references change_review (id),
  kind text not null,
  words text not null,
  is_clients_words integer not null,
  is_agreed integer not null,
  task_id text not null,
  place integer not null
) strict;
create index change_item_by_review on change_item (review_id, place);

-- Written to be read by colleagues: nothing in it points to a client.
create table precedent (
  id text primary key,
  organization_id text not null,
  system text not null,
  barrier text not null,
  words text not null,
  agreed_on text not null,
  review_id text not null,
  recorded_at integer not null,
  recorded_by text not null,
  withdrawn_at integer
) strict;
create index precedent_by_organization on precedent (organization_id, agreed_on);
create index precedent_by_barrier on precedent (system, barrier, agreed_on);
