import Plot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { element } from './view.js'

const WINDOW_SECONDS = 120

/** The rows of the timeline, from the bottom. */
const ROWS = ['error', 'allocation', 'restart', 'refresh'] as const
export type Row = (typeof ROWS)[number]

/** The one on top comes last. */
const CALLS = ['once', 'kept'] as const

/** A number of each call, or nothing while there is none. */
export type Sample = Readonly<Record<(typeof CALLS)[number], number | null>>

/** The colours of the legend, as the theme has them now. */
const colourOf = (name: string) => () => getComputedStyle(element(`.legend .${name}`)).color

/** Plots of the last two minutes, each as wide as its place. */
export function createCharts() {
  const times: number[] = []
  const bitrates = [[], []] as (number | null)[][]
  const roundTrips = [[], []] as (number | null)[][]
  const happened: { at: number; row: Row }[] = []
  const startedAt = performance.now()
  const now = () => (performance.now() - startedAt) / 1000

  const lines = CALLS.map((name) => ({
    stroke: colourOf(name),
    width: 2,
    points: { show: false },
  }))
  const fromZero = (_: Plot, __: number, max: number): [number, number] => [0, Math.max(1, max * 1.1)]
  const charts = [
    createPlot('#bitrate', lines, { range: fromZero }),
    createPlot('#round-trip', lines, { range: fromZero }),
    createPlot('#timeline', ROWS.map(dots), { range: [-0.6, ROWS.length - 0.4] }, rowNames),
  ] as const

  const draw = () => {
    const [bitrate, roundTrip, timeline] = charts
    bitrate.setData([times, ...bitrates] as Plot.AlignedData, false)
    roundTrip.setData([times, ...roundTrips] as Plot.AlignedData, false)
    const moments = happened.map(({ at }) => at)
    const rows = ROWS.map((name, y) => happened.map(({ row }) => (row === name ? y : null)))
    timeline.setData([moments, ...rows], false)
    const max = Math.max(now(), WINDOW_SECONDS)
    for (const chart of charts) chart.setScale('x', { min: max - WINDOW_SECONDS, max })
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
  return {
    add(bitrate: Sample, roundTrip: Sample): void {
      times.push(now())
      for (const [index, name] of CALLS.entries()) {
        bitrates[index]?.push(bitrate[name])
        roundTrips[index]?.push(roundTrip[name])
      }
      while ((times[0] ?? 0) < now() - WINDOW_SECONDS) {
        for (const list of [times, ...bitrates, ...roundTrips]) list.shift()
      }
      draw()
    },
    mark(row: Row): void {
      happened.push({ at: now(), row })
      while ((happened[0]?.at ?? 0) < now() - WINDOW_SECONDS) happened.shift()
    },
  }
}

function dots(name: string): Plot.Series {
  return { paths: () => null, points: { show: true, size: 8, fill: colourOf(name), stroke: colourOf(name) } }
}

const rowNames: Plot.Axis = {
  splits: ROWS.map((_, row) => row),
  values: () => [...ROWS],
}

function createPlot(selector: string, series: Plot.Series[], y: Plot.Scale, yAxis: Plot.Axis = {}): Plot {
  const place = element(selector)
  const size = () => ({ width: place.clientWidth, height: place.clientHeight })
  const soft = () => getComputedStyle(place).color
  const axis: Plot.Axis = {
    stroke: soft,
    grid: { stroke: () => getComputedStyle(place).borderTopColor, width: 1 },
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
    place,
  )
  new ResizeObserver(() => plot.setSize(size())).observe(place)
  return plot
}
