"""Functions of Athena's SQL that DuckDB lacks or names otherwise, as macros.

Handled besides: whole numbers divide to whole numbers, tables are named in up to three parts, `"$path"`.
Different all the same: times without zone where Athena has UTC (`from_iso8601_timestamp`), lambdas
(`transform`, `filter`, `reduce`), `%i` and `%s` in forms of dates (here `%M` and `%S`),
`row(...)` types in casts, approximate figures; `window` is a reserved word here: quote it.
"""

STEP = "case lower(unit) {cases} else error('INVALID_FUNCTION_ARGUMENT: unit ' || unit) end"
UNITS = {
    "second": "to_seconds(n::bigint)",
    "minute": "to_minutes(n::bigint)",
    "hour": "to_hours(n::bigint)",
    "day": "to_days(n::int)",
    "week": "to_weeks(n::int)",
    "month": "to_months(n::int)",
    "year": "to_years(n::int)",
}
MACROS = {
    "approx_distinct(x)": "approx_count_distinct(x)",
    "approx_percentile(x, p)": "approx_quantile(x, p)",
    "array_join(a, separator)": "array_to_string(a, separator)",
    "cardinality(x)": "len(x)",
    "date(x)": "cast(x as date)",
    "date_add(unit, n, moment)": "moment + "
    + STEP.format(cases=" ".join(f"when '{unit}' then {step}" for unit, step in UNITS.items())),
    "date_format(moment, form)": ("strftime(moment, form)"),
    "date_parse(text, form)": ("strptime(text, form)"),
    "day_of_week(x)": "isodow(x)",
    "element_at(collection, key)": "collection[key]",
    "from_iso8601_date(text)": "cast(text as date)",
    "from_iso8601_timestamp(text)": "cast(text as timestamp)",
    "from_unixtime(seconds)": "make_timestamp(cast(seconds * 1000000 as bigint))",
    "json_format(document)": "cast(document as varchar)",
    "json_extract_scalar(document, path)": "json_extract_string(document, path)",
    "regexp_like(text, pattern)": "regexp_matches(text, pattern)",
    "sequence(first, last)": "generate_series(first, last)",
    "to_unixtime(moment)": "epoch(moment)",
}


def statements() -> list[str]:
    return [f"create macro {head} as {body}" for head, body in MACROS.items()]
