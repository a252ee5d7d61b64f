import type { Store } from "../types.ts";

/** The site preferences that clients read (contract/rest.md 8). Two are JSON inside a string, as on a real site. */
const PREFERENCES: Readonly<Record<string, unknown>> = {
  creative_review_settings: "{}",
  date_component_order: "month_day",
  duration_units: "days",
  enable_rv_integration: true,
  enable_shotgun_review_for_rv: true,
  format_currency_fields_decimal_options: "$1,000.99",
  format_currency_fields_display_dollar_sign: false,
  format_currency_fields_negative_options: "- $1,000",
  format_date_fields: "08/04/22 OR 04/08/22 (depending on the Month order preference)",
  format_float_fields: "9,999.99",
  format_float_fields_rounding: "9.999999",
  format_footage_fields: "10-05",
  format_number_fields: "1,000",
  format_time_hour_fields: "12 hour",
  hours_per_day: 8.0,
  last_day_work_week: null,
  support_local_storage: true,
  view_master_settings: JSON.stringify({ status_groups: [] }),
};

const SETTING = "preferences";

/** What the site prefers, the sandbox's own changes on top. */
export function preferencesOf(store: Store): Readonly<Record<string, unknown>> {
  const changed = store.setting(SETTING);
  return { ...PREFERENCES, ...(typeof changed === "object" ? changed : {}) };
}
