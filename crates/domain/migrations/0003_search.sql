-- Finding people: names as they sound, identifiers, phones, duplicates, merges.

alter table client add column address text not null default '';
create index client_by_birth on client (born_on);
-- Of the few that were merged away: an index of all would lead every search through everybody who was not.
create index client_by_merge on client (merged_into) where merged_into <> '';

-- Every word of a name that the record knows, once: typing errors are looked up here, not in a million names. `n` is how
-- many clients have it, `sound` how it sounds ('' where letters do not say).
create table name_word (
  word text primary key,
  sound text not null,
  n integer not null
) strict;
create index name_word_by_sound on name_word (sound, n);

-- A word and what is left of it when one letter is missing: two words that are one slip apart share a variant.
create table name_variant (
  variant text not null,
  word text not null references name_word (word),
  constraint name_variant_pk primary key (variant, word)
) strict;
create index name_variant_by_word on name_variant (word);

create table client_word (
  word text not null references name_word (word),
  client_id text not null references client (id),
  constraint client_word_pk primary key (word, client_id)
) strict;
create index client_word_by_client on client_word (client_id, word);

-- `folded` is what is compared: capitals and digits only.
create table client_identifier (
  id text primary key,
  client_id text not null references client (id),
  kind text not null,
  value text not null,
  folded text not null
) strict;
create index client_identifier_by_value on client_identifier (folded);
create index client_identifier_by_client on client_identifier (client_id);

-- `tail` is the last seven digits, which people give with and without the codes before them.
create table client_phone (
  id text primary key,
  client_id text not null references client (id),
  number text not null,
  tail text not null,
  label text not null,
  may_leave_message integer not null
) strict;
create index client_phone_by_tail on client_phone (tail);
create index client_phone_by_client on client_phone (client_id);

-- What the comparison of records supposes, as the last look over the whole record estimated it.
create table match_level (
  field text not null,
  level integer not null,
  m real not null,
  u real not null,
  constraint match_level_pk primary key (field, level)
) strict;

-- Two records that may be one person; one_id < other_id. state: open, different, merged.
create table client_match (
  one_id text not null references client (id),
  other_id text not null references client (id),
  weight real not null,
  probability real not null,
  state text not null,
  found_at integer not null,
  decided_at integer,
  decided_by text not null,
  constraint client_match_pk primary key (one_id, other_id)
) strict;
create index client_match_by_state on client_match (state, weight);
create index client_match_by_other on client_match (other_id);

create table client_match_field (
  one_id text not null,
  other_id text not null,
  field text not null,
  level integer not null,
  weight real not null,
  constraint client_match_field_pk primary key (one_id, other_id, field)
) strict;

create table client_merge (
  id text primary key,
  survivor_id text not null references client (id),
  merged_id text not null references client (id),
  merged_at integer not null,
  merged_by text not null,
  version_before integer not null,
  undone_at integer,
  undone_by text not null
) strict;
create index client_merge_by_time on client_merge (merged_at);
create index client_merge_by_merged on client_merge (merged_id);

-- What a merge changed, cell by cell, so that it can be taken back.
create table client_merge_change (
  merge_id text not null references client_merge (id),
  table_name text not null,
  row_key text not null,
  column_name text not null,
  before text not null,
  after text not null,
  constraint client_merge_change_pk primary key (merge_id, table_name, row_key, column_name)
) strict;
