/** The chart of the fleet simulation. */
import * as Plot from '@observablehq/plot'
import { Window } from 'happy-dom'

/** Returns an SVG with one row for each scenario: the load over time, in multiples of the mean. */
export function drawFleet(rows) {
  const { document } = new Window()
  const svg = Plot.plot({
    document,
    width: 860,
    height: 460,
    marginLeft: 60,
    marginRight: 120,
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif' },
    x: { label: 'hours →', grid: true },
    y: {
      label: '↑ requests per minute, in multiples of the mean',
      type: 'symlog',
      grid: true,
      ticks: [0, 1, 3, 10, 30, 100],
    },
    fy: { label: null },
    color: {
      legend: false,
      domain: rows.map(({ policy }) => policy),
      range: ['#0a7d4f', '#c2410c', '#6d28d9'],
    },
    marks: [
      Plot.ruleY([1], { stroke: '#888', strokeDasharray: '3,3' }),
      Plot.lineY(rows, { x: 'hours', y: 'load', fy: 'scenario', stroke: 'policy', strokeWidth: 1.4 }),
    ],
  })
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return svg.outerHTML
}
