import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { IANAZone } from "luxon";
import { formatDuration, formatTime, parseTime, timeParser } from "../../src/input/time.ts";

// `date --date=2026-11-23T08:00:00Z +%s`
const AT = 1_795_420_800_000;
const UTC = IANAZone.create("UTC");
const BERLIN = IANAZone.create("Europe/Berlin");

describe("a time", () => {
  for (const [text, timeMs] of [
    ["2026-11-23T08:00:00Z", AT],
    ["2026-11-23t08:00:00z", AT],
    ["2026-11-23T09:00:00+01:00", AT],
    ["2026-11-23T09:00:00+0100", AT],
    ["2026-11-23 05:00:00-03", AT],
    ["2026-11-23 13:30:00 +0530", AT],
    ["2026-11-23T08:00:00.250Z", AT + 250],
    ["2026-11-23 08:00:00,250", AT + 250],
    ["2026-11-23T08:00:00.123456789Z", AT + 123],
    ["2026-11-23 08:00:00", AT],
    ["2026-11-23  8:00", AT],
    ["2026/11/23 08:00:00", AT],
    ["2026-11-23 08:00", AT],
    ["2026-11-23", AT - 8 * 3_600_000],
    // PostgreSQL
    ["2026-11-23 08:00:00+00", AT],
    // BigQuery, Ruby, sadf
    ["2026-11-23 08:00:00 UTC", AT],
    ["2026-11-23 08:00:00.25 UTC", AT + 250],
    ["2026-11-23 08:00:00 GMT", AT],
    ["2026-11-23 09:00:00 GMT+01:00", AT],
    // Go
    ["2026-11-23 08:00:00 +0000 UTC", AT],
    ["2026-11-23 09:00:00.25 +0100 CET m=+0.000000001", AT + 250],
    ["2026-11-23 11:00:00 +0300 +03", AT],
    // Java
    ["2026-11-23T09:00:00+01:00[Europe/Berlin]", AT],
    // HTTP, e-mail, nginx, date(1)
    ["Mon, 23 Nov 2026 08:00:00 GMT", AT],
    ["23 Nov 2026 09:00:00 +0100", AT],
    ["23/Nov/2026:08:00:00 +0000", AT],
    ["Mon Nov 23 08:00:00 UTC 2026", AT],
    // Kibana
    ["Nov 23, 2026 @ 08:00:00.250", AT + 250],
    // ISO 8601, basic
    ["20261123T080000Z", AT],
    ["20261123080000", AT],
    // Unix time
    ["1795420800", AT],
    ["1795420800.25", AT + 250],
    ["1795420800000", AT],
    ["1795420800000000", AT],
    ["1795420800250000000", AT + 250],
    ["1.7954208e9", AT],
    ["1.7954208E+09", AT],
  ] as const) {
    test(`${text} is understood`, () => assert.equal(parseTime(text), timeMs));
  }

  for (const text of [
    "",
    "soon",
    "2026-02-30",
    "2026-13-01",
    "2026-11-23T25:00:00Z",
    "2026-11-23 08:00:00 CET",
    "23.11.2026 08:00",
    "11/23/2026 08:00",
    "1e99",
    "0x10",
    // Of no sane year as Unix time, such as a serial date of Excel.
    "46349.333333",
    "1",
    "-1795420800",
    "17954208000",
    "17954208000000000000",
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseTime(text), undefined));
  }

  test("is read in the zone that is given, unless it names one", () => {
    assert.equal(parseTime("2026-11-23 09:00:00", BERLIN), AT);
    assert.equal(parseTime("2026-11-23 08:00:00Z", BERLIN), AT);
    const summer = Date.parse("2026-07-01T06:00:00Z");
    assert.equal(parseTime("2026-07-01 08:00", BERLIN), summer);
    // It comes twice on 2026-10-25; the first one counts. On 2026-03-29 2:30 doesn't come.
    assert.equal(parseTime("2026-10-25 02:30", BERLIN), Date.parse("2026-10-25T00:30:00Z"));
    assert.equal(parseTime("2026-03-29 02:30", BERLIN), Date.parse("2026-03-29T01:30:00Z"));
  });

  for (const [format, text, timeMs] of [
    ["s", "12.5", 12_500],
    ["ms", "12", 12],
    ["us", "1795420800000000", AT],
    ["ns", "1795420800000000000", AT],
    // 46349 is 2026-11-23 in Excel and LibreOffice.
    ["excel", "46349.3333333333", AT],
    ["dd.MM.yyyy HH:mm", "23.11.2026 08:00", AT],
    ["M/d/yyyy h:mm:ss a", "11/23/2026 8:00:00 AM", AT],
    ["dd MMM yyyy HH:mm:ss ZZZ", "23 Nov 2026 09:00:00 +0100", AT],
    ["s", "2026-11-23", undefined],
    ["dd.MM.yyyy", "11/23/2026", undefined],
  ] as const) {
    test(`${text} is read in the format ${format}`, () => {
      assert.equal(timeParser({ format, zone: UTC })(text), timeMs);
    });
  }

  test("is read by a format in a zone", () => {
    const parse = timeParser({ format: "dd.MM.yyyy HH:mm", zone: BERLIN });
    assert.equal(parse("23.11.2026 09:00"), AT);
  });

  test("is read again as it was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (timeMs) => {
        assert.equal(parseTime(formatTime(timeMs)), timeMs);
      }),
    );
  });
});

test("a duration has its two largest units", () => {
  const texts = [1, 1500, 300_000, 9_000_000, 86_400_000, 90_000_000].map(formatDuration);
  assert.deepEqual(texts, ["1ms", "1.5s", "5m", "2h 30m", "1d", "1d 1h"]);
});
