/** Charts of the last two minutes: missing messages of both calls, and a timeline of events. */
import Plot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { element } from '../view.js'

const WINDOW_SECONDS = 120

/** The rows of the timeline, from bottom to top. */
const ROWS = ['failure', 'restart', 'request'] as const
export type Row = (typeof ROWS)[number]

/** The calls in drawing order: the last one is drawn on top. */
const CALLS = ['left', 'right'] as const

/** The missing messages of each call. */
export type Sample = Readonly<Record<(typeof CALLS)[number], number>>

/** Returns a function that reads a colour of the legend: it depends on the colour scheme. */
const colourOf = (name: string) => () => getComputedStyle(element(`.legend .${name}`)).color

/** Creates the charts. Each fills its container. */
export function createCharts() {
  const times: number[] = []
  const missing: [left: number[], right: number[]] = [[], []]
  const events: { at: number; row: Row }[] = []
  const startedAt = performance.now()
  const elapsedSeconds = () => (performance.now() - startedAt) / 1000

  const lines = CALLS.map((name) => ({
    stroke: colourOf(name),
    width: 2,
    points: { show: false },
  }))
  // With a lower maximum, a few missing messages would look like many.
  const fromZero = (_: Plot, __: number, max: number): [number, number] => [0, Math.max(100, max * 1.1)]
  const charts = [
    createPlot('#missing', lines, { range: fromZero }),
    createPlot('#timeline', ROWS.map(createDotSeries), { range: [-0.6, ROWS.length - 0.4] }, rowNames),
  ] as const

  const draw = () => {
    const [lineChart, timeline] = charts
    lineChart.setData([times, ...missing], false)
    const eventTimes = events.map(({ at }) => at)
    const rows = ROWS.map((name, y) => events.map(({ row }) => (row === name ? y : null)))
    timeline.setData([eventTimes, ...rows], false)
    const max = Math.max(elapsedSeconds(), WINDOW_SECONDS)
    for (const chart of charts) chart.setScale('x', { min: max - WINDOW_SECONDS, max })
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
  return {
    add(sample: Sample): void {
      times.push(elapsedSeconds())
      for (const [index, name] of CALLS.entries()) missing[index]?.push(sample[name])
      while ((times[0] ?? 0) < elapsedSeconds() - WINDOW_SECONDS) {
        for (const list of [times, ...missing]) list.shift()
      }
      draw()
    },
    mark(row: Row): void {
      events.push({ at: elapsedSeconds(), row })
      while ((events[0]?.at ?? 0) < elapsedSeconds() - WINDOW_SECONDS) events.shift()
    },
  }
}

function createDotSeries(name: string): Plot.Series {
  return { paths: () => null, points: { show: true, size: 8, fill: colourOf(name), stroke: colourOf(name) } }
}

const rowNames: Plot.Axis = {
  splits: ROWS.map((_, row) => row),
  values: () => [...ROWS],
}

function createPlot(selector: string, series: Plot.Series[], y: Plot.Scale, yAxis: Plot.Axis = {}): Plot {
  const container = element(selector)
  const size = () => ({ width: container.clientWidth, height: container.clientHeight })
  const textColour = () => getComputedStyle(container).color
  const axis: Plot.Axis = {
    stroke: textColour,
    grid: { stroke: () => getComputedStyle(container).borderTopColor, width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  const plot = new Plot(
    {
      ...size(),
      series: [{}, ...series],
      scales: { x: { time: false }, y },
      axes: [
        { ...axis, size: 28, values: (_, seconds) => seconds.map((at) => `${at} s`) },
        { ...axis, size: 72, ...yAxis },
      ],
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 20, 0, 0],
    },
    [[], ...series.map(() => [])] as Plot.AlignedData,
    container,
  )
  new ResizeObserver(() => plot.setSize(size())).observe(container)
  return plot
}
