import { Counter, Gauge, Registry } from 'prom-client';

/** Labels of one sample. */
export type Labels = Record<string, string>;

/** Counters and gauges by name; names start with `dualstream_` and are registered on first use. */
export interface Metrics {
  count(name: string, labels?: Labels, by?: number): void;
  gauge(name: string, value: number, labels?: Labels): void;
  /** Current value of a counter, 0 when it never counted. */
  counted(name: string, labels?: Labels): number;
  /** Prometheus text format. */
  text(): Promise<string>;
}

/** Prometheus registry behind our interface; one label set per name is fixed by its first use. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const values = new Map<string, number>();
  return {
    count(name, labels = {}, by = 1) {
      let counter = counters.get(name);
      if (!counter) {
        counter = new Counter({ name, help: name, labelNames: Object.keys(labels), registers: [registry] });
        counters.set(name, counter);
      }
      counter.inc(labels, by);
      const key = keyOf(name, labels);
      values.set(key, (values.get(key) ?? 0) + by);
    },
    gauge(name, value, labels = {}) {
      let gauge = gauges.get(name);
      if (!gauge) {
        gauge = new Gauge({ name, help: name, labelNames: Object.keys(labels), registers: [registry] });
        gauges.set(name, gauge);
      }
      gauge.set(labels, value);
    },
    counted: (name, labels = {}) => values.get(keyOf(name, labels)) ?? 0,
    text: () => registry.metrics(),
  };
}

function keyOf(name: string, labels: Labels): string {
  return `${name}|${Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(',')}`;
}
