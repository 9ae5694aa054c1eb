"""The recipes of the format reference work on ordinary data."""

import json
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import helpers
from fields import ENUMS, FIELDS, MESSAGES
from helpers import PAGES, blocks, names_of, needs, without
from pool_registry_types import GpuInfo, PoolSnapshot, ValidationError, format_json

REFERENCE = "tests/wire/README.md"
POOL, GPU = MESSAGES[PoolSnapshot], MESSAGES[GpuInfo]
HEALTH = POOL["health"]
HEALTHS = [
    HEALTH | {"last_check": "2025-10-01T08:51:30Z", "slots_total": 4},
    HEALTH | {"last_check": "2025-10-01T08:51:30.120Z", "slots_total": 2**53 + 1},
    HEALTH | {"last_check": "2025-10-01T08:51:30.123456Z", "slots_total": 2**63 - 1},
]
# The first 200 pools have no model. The timestamps differ in length, and floats cannot hold all the integers.
POOLS = [
    PoolSnapshot.from_dict(POOL | {"pool_id": f"pool-{n}", "model": model, "health": HEALTHS[n % 3]})
    for n, model in enumerate([*[None] * 200, "llama", None])
]
LARGE = PoolSnapshot.from_dict(POOL | {"health": HEALTH | {"slots_total": 2**64 - 1}})


def quoted(pattern: str) -> str:
    """Return the one piece of code in the text of the reference that a pattern matches."""
    codes: list[str] = re.findall(r"(?<!`)`([^`\n]+)`", PAGES[REFERENCE])
    [code] = {code for code in codes if re.search(pattern, code)}
    return code


def test_a_json_array_of_pools_is_written_and_read() -> None:
    names = names_of(REFERENCE)
    body = names["write_pools"](POOLS)
    assert body == f"[{','.join(pool.to_json() for pool in POOLS)}]"
    assert names["read_pools"](body.encode()) == POOLS


@pytest.mark.parametrize(
    ("body", "error"),
    [
        *[(body, "Pools: expected an array") for body in ("5", "{}", '""', "null")],
        ("[0]", "Pools[0]: expected an object, got 0"),
        (format_json([POOL, POOL, POOL, POOL | {"health": without("slots_free", HEALTH)}, 0]), quoted(r"^Pools\[")),
        ("", "Pools: not I-JSON: the message is empty"),
    ],
)
def test_an_array_of_pools_is_rejected_with_the_index_of_the_bad_one(body: str, error: str) -> None:
    with pytest.raises(ValidationError, match=f"^{re.escape(error)}$"):
        names_of(REFERENCE)["read_pools"](body.encode())


def test_json_lines_are_written_as_utf_8_and_read(tmp_path: Path) -> None:
    names, path = names_of(REFERENCE), tmp_path / "pools.jsonl"
    pools = [*POOLS, PoolSnapshot.from_dict(POOL | {"model": "節點\u2028"})]
    names["write_lines"](str(path), pools)
    assert path.read_bytes() == "".join(f"{pool.to_json()}\n" for pool in pools).encode()
    assert names["read_lines"](str(path)) == (pools, 0)


def test_bad_json_lines_are_counted_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, pool = tmp_path / "pools.log", PoolSnapshot.from_dict(POOL | {"model": "\u2028"})
    good = pool.to_json().encode()
    not_utf_8 = good.replace(b"pool-0", b"\xff")
    path.write_bytes(b"\n".join([good + b"\r", b"\r", b"", not_utf_8, b"  ", b"{}", good]))
    assert names_of(REFERENCE)["read_lines"](str(path)) == ([pool, pool], 2)
    reports = ["4: PoolSnapshot: not I-JSON: not UTF-8: ", "6: PoolSnapshot.pool_id: missing"]
    for line, report in zip(capsys.readouterr().err.splitlines(), reports, strict=True):
        assert line.startswith(f"{path}:{report}")


frames = pytest.mark.parametrize(
    "library", [pytest.param(name, marks=needs("recipes", name)) for name in ("pandas", "polars")]
)


@frames
@pytest.mark.parametrize(
    "pools",
    [POOLS, [*POOLS, LARGE], [LARGE], []],
    ids=["model late", "model late, large integer", "large integer", "no pools"],
)
def test_pools_survive_a_round_trip_through_a_data_frame(library: str, pools: list[PoolSnapshot]) -> None:
    names = names_of(REFERENCE, library)
    frame = names[f"to_{library}"](pools)
    kinds = {name: str(frame[name].dtype) for name in ("slots_total", "slots_free", "last_check")}
    time = {"pandas": "datetime64[us, UTC]", "polars": "Datetime(time_unit='us', time_zone='UTC')"}
    assert kinds == {"slots_total": "UInt64", "slots_free": "UInt64", "last_check": time[library]}
    assert names[f"from_{library}"](frame) == pools


@needs("recipes", "pandas")
def test_a_model_that_is_nan_in_pandas_becomes_none() -> None:
    names = names_of(REFERENCE, "pandas")
    to_row, from_pandas = names["to_row"], names["from_pandas"]
    frame = names["pd"].DataFrame([to_row(pool) | {"model": pool.model or float("nan")} for pool in POOLS])
    assert from_pandas(frame) == POOLS


@frames
def test_timestamps_that_are_strings_in_a_data_frame_become_datetimes(library: str) -> None:
    names = names_of(REFERENCE, library)
    texts = [pool.to_dict()["health"] for pool in POOLS]
    if library == "pandas":
        names = names | {"frame": names["pd"].DataFrame(texts)}
        times = eval(quoted(r"^pd\.to_datetime"), names)  # noqa: S307
    else:
        times = names["pl"].DataFrame(texts).select(eval(quoted(r"str\.to_datetime"), names))["last_check"]  # noqa: S307
    assert [(time, time.utcoffset()) for time in times] == [(pool.health.last_check, timedelta()) for pool in POOLS]


@needs("recipes", "polars")
def test_polars_guesses_the_right_types_with_the_options_of_the_reference() -> None:
    names = names_of(REFERENCE, "polars")
    frame, late = names["pl"].DataFrame, [{"model": pool.model} for pool in POOLS]
    with pytest.raises(names["pl"].exceptions.ComputeError):
        frame(late)
    options = eval(f"dict({quoted('^infer_schema_length')}, {quoted('^schema_overrides')})", names)  # noqa: S307
    assert frame(late, infer_schema_length=options["infer_schema_length"]).to_dicts() == late
    large = [{"vram_total_mb": None}, {"vram_total_mb": 1}, {"vram_total_mb": 2**64 - 1}]
    assert frame(large, **options).to_dicts() == large


@needs("recipes", "pandas")
def test_numpy_integers_are_rejected_and_pandas_turns_integers_beside_none_into_floats() -> None:
    pd = names_of(REFERENCE, "pandas")["pd"]
    rows = [{"ram_total_bytes": None}, {"ram_total_bytes": 2**53 + 1}]
    assert pd.DataFrame(rows)["ram_total_bytes"][1] == 2**53
    frame = pd.DataFrame([GPU])
    number = frame["vram_total_mb"].to_numpy()[0]
    with pytest.raises(ValidationError, match=r"got int64$"):
        GpuInfo.from_dict(GPU | {"vram_total_mb": number})
    [row], [listed] = frame.to_dict("records"), frame["vram_total_mb"].tolist()
    for integer in row["vram_total_mb"], listed, number.item():
        assert GpuInfo.from_dict(GPU | {"vram_total_mb": integer}) == GpuInfo.from_dict(GPU)


@needs("recipes", "sqlalchemy")
def test_pools_survive_a_round_trip_through_a_sqlalchemy_table() -> None:
    names = names_of(REFERENCE, "sqlalchemy")
    sa, table = names["sa"], names["POOLS"]
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        eval(quoted(r"sa\.insert"), names | {"connection": connection, "pools": POOLS})  # noqa: S307
        assert {*connection.exec_driver_sql("SELECT state FROM pools").scalars()} == {"Ready"}
        assert sorted(names["select_pools"](connection), key=POOLS.index) == POOLS
        [naive, *_] = connection.scalars(sa.select(table.c.last_check))
        with pytest.raises(ValidationError, match=r"got a naive datetime$"):
            replace(POOLS[0].health, last_check=naive)
    engine.dispose()


@helpers.on_posix
def test_the_schema_for_other_languages_defines_every_type(tmp_path: Path) -> None:
    [command] = blocks(REFERENCE, "sh")
    done = helpers.run(["/bin/bash", "-c", command], cwd=tmp_path, check=True, stderr=subprocess.PIPE, text=True)
    assert done.stderr == ""
    definitions = json.loads((tmp_path / "schemas.json").read_text("utf-8"))["$defs"]
    assert definitions.keys() == {cls.__name__ for cls in (*FIELDS, *ENUMS)}
    for cls in ENUMS:
        assert definitions[cls.__name__]["enum"] == [*cls]


def test_mebibytes_become_megabytes() -> None:
    names = {"mib": 24 * 1024}
    exec(quoted(r"^vram_total_mb = "), names)  # noqa: S102
    assert names["vram_total_mb"] == 24 * 2**30 // 10**6
