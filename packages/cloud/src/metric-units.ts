/** The units of CloudWatch's metrics, which log groups' metric filters name too. */
const sizes = [
  "Bytes",
  "Kilobytes",
  "Megabytes",
  "Gigabytes",
  "Terabytes",
  "Bits",
  "Kilobits",
  "Megabits",
  "Gigabits",
  "Terabits",
  "Count",
];

/** In AWS's own order of naming them. */
export const metricUnits = [
  "Seconds",
  "Microseconds",
  "Milliseconds",
  ...sizes,
  "Percent",
  ...sizes.map((size) => `${size}/Second`),
  "None",
];
