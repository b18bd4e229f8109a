-- The client's file: contacts, drafts, what was looked at. Instants integer microseconds, flags 0 or 1.

-- One note through all its corrections: whose it is and who may read it. Its id is that of its first event.
create table contact_note (
  id text primary key,
  author_id text not null,
  visibility text not null
) strict;

-- Who may read a note whose visibility is 'named', besides its author.
create table contact_reader (
  note_id text not null references contact_note (id),
  account_id text not null,
  constraint contact_reader_pk primary key (note_id, account_id)
) strict;
create index contact_reader_by_account on contact_reader (account_id);

-- The words of a contact stand here and not in case_event.note, so that nobody reads them past the visibility.
create table contact (
  event_id text primary key references case_event (id),
  note_id text not null references contact_note (id),
  medium text not null,
  outcome text not null,
  whom text not null,
  minutes integer,
  topics text not null,
  place text not null,
  words text not null,
  client_words text not null,
  is_with_client integer not null
) strict;
create index contact_by_note on contact (note_id);

-- What was typed and not sent yet: one text for each author, form and record.
create table draft (
  author_id text not null,
  form text not null,
  record_id text not null,
  fields text not null,
  updated_at integer not null,
  constraint draft_pk primary key (author_id, form, record_id)
) strict;

-- Forms that were recorded, by the key that each carries: sent twice, recorded once.
create table form_done (
  author_id text not null,
  form_key text not null,
  at integer not null,
  constraint form_done_pk primary key (author_id, form_key)
) strict;

-- When an account last looked at a client's file, and the look before that one.
create table last_look (
  account_id text not null,
  client_id text not null references client (id),
  looked_at integer not null,
  since_at integer not null,
  constraint last_look_pk primary key (account_id, client_id)
) strict;
