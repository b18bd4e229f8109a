"""The same generated people with splink (PyPI), beside Groundswell: duplicates_splink.py PEOPLE.csv.

The settings are those that splink's own documentation recommends for names and birth dates, with the same fields and
comparable blocking. Its result is judged as ours is: pairs of records, at several probabilities.
"""

import sys
import time
import unicodedata

import pandas as pd
import splink
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on

try:
    from splink import DuckDBAPI
except ImportError:
    from splink.backends.duckdb import DuckDBAPI


def plain(text):
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or text
    return folded.lower().strip()


people = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
start = time.monotonic()
names = people["preferred_name"].map(plain).str.split(" ", n=1)
data = pd.DataFrame(
    {
        "unique_id": range(len(people)),
        "first_name": names.str[0],
        "surname": names.str[1],
        "dob": people["born_on"],
        "phone": people["phone"].str.replace(r"\D", "", regex=True).str[-7:],
        "identifier": people["identifier"],
        "area": people["area"],
    }
).replace("", None)
data["born_year"] = data["dob"].str[:4]

settings = SettingsCreator(
    link_type="dedupe_only",
    comparisons=[
        cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("phone"),
        cl.ExactMatch("identifier"),
        cl.ExactMatch("area"),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("first_name", "surname"),
        block_on("dob", "first_name"),
        block_on("dob", "surname"),
        block_on("phone"),
        block_on("identifier"),
        block_on("surname", "born_year", "area"),
    ],
)
backend = DuckDBAPI()
try:
    linker = Linker(backend.register(data), settings)
except (AttributeError, TypeError):
    linker = Linker(data, settings, backend)
linker.training.estimate_probability_two_random_records_match([block_on("first_name", "surname", "dob")], recall=0.5)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("dob"))
linker.training.estimate_parameters_using_expectation_maximisation(block_on("phone"))
found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
seconds = time.monotonic() - start

person = people["person"].to_numpy()
right = person[found["unique_id_l"].to_numpy()] == person[found["unique_id_r"].to_numpy()]
truth = int((people["person"].value_counts() == 2).sum())
print(f"splink {splink.__version__}: {seconds:.1f} s")
for least in [0.5, 0.8, 0.9, 0.99, 0.999]:
    chosen = right[(found["match_probability"] >= least).to_numpy()]
    precision = chosen.mean() if len(chosen) else 0.0
    print(f"  probability {least} and more: precision {precision:.4f}, recall {chosen.sum() / truth:.4f} ({chosen.sum()} right, {len(chosen) - chosen.sum()} wrong)")
