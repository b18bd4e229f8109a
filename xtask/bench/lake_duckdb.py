"""The cube queries of `lake_bench` on the same Parquet files by DuckDB (pip install duckdb), one core.

    taskset -c 0 python3 xtask/bench/lake_duckdb.py FOLDER

FOLDER is what `lake_bench` made: it holds the files and `queries.json` with the very text that Groundswell runs.
"""

import json
import pathlib
import resource
import sys
import time

import duckdb


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    files = folder / json.loads((folder / "manifest.json").read_text())["files"]
    queries = json.loads((folder / "queries.json").read_text())
    for round_number in range(1, 4):
        wall, before = time.perf_counter(), cpu_seconds()
        connection = duckdb.connect()
        connection.execute("set threads = 1")
        for table in ("evidence", "stratum_value"):
            connection.execute(f"create view {table} as select * from read_parquet('{files / table}.parquet')")
        cells, lap = [], cpu_seconds()
        for name, text in queries.items():
            # Integer columns are sums; the rows come back as Python objects, as Groundswell's come back as structs.
            rows = connection.execute(text, [""]).fetchall()
            now = cpu_seconds()
            cells.append(f"{name.lower()} {len(rows)} rows {now - lap:.2f} s")
            lap = now
        cpu, elapsed = cpu_seconds() - before, time.perf_counter() - wall
        print(f"duckdb {duckdb.__version__} round {round_number}: {cpu:.2f} s CPU, {elapsed:.2f} s wall ({', '.join(cells)})")


main()
