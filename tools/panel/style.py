"""How the page looks: one style sheet, from 360 px on, without anything from elsewhere."""

CSS = """
:root { --ink: #17212b; --dim: #5b6875; --line: #d9e0e6; --paper: #f3f6f8; --go: #00695c; --bad: #b3261e; }
body { background: var(--paper); color: var(--ink); }
.nicegui-content { padding: 0; gap: 0; }
.top { background: #17343b; color: white; padding: 8px 14px; width: 100%; display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; }
.top .name { font-weight: 700; font-size: 1.15rem; }
.top .q-btn { color: white; }
.grid { display: grid; width: 100%; gap: 12px; padding: 12px; grid-template-columns: minmax(0, 1fr); align-items: start; }
.side { display: flex; flex-direction: column; gap: 12px; min-width: 0; }
@media (min-width: 760px) { .grid { grid-template-columns: minmax(0, 340px) minmax(0, 1fr); } .right { grid-column: 1 / -1; } }
@media (min-width: 760px) and (max-width: 1279px) {
  .right { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); align-items: start; }
}
@media (min-width: 1280px) { .grid { grid-template-columns: 350px minmax(0, 1fr) 400px; } .right { grid-column: auto; } }
.pane { width: 100%; padding: 12px 14px; gap: 8px; box-shadow: none; border: 1px solid var(--line); border-radius: 10px; }
.pane-title { font-weight: 700; font-size: 1rem; }
.sub { font-size: .8rem; font-weight: 600; color: var(--dim); margin-top: 4px; }
.line-up { display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; width: 100%; }
.guide { border: 2px solid var(--go); }
.line-up.connectors:empty { display: none; }
.guide .step { font-size: 1.15rem; font-weight: 700; }
.dots { letter-spacing: .2em; color: var(--go); font-size: .8rem; font-weight: 600; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 14px; width: 100%; font-size: .92rem; }
.facts .k { color: var(--dim); }
.facts .v { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.facts .on { color: var(--go); font-weight: 700; }
.facts .bad, .why.bad { color: var(--bad); font-weight: 600; }
.lamp { display: inline-block; width: .8em; height: .8em; border-radius: 50%; border: 1px solid #0004; margin-right: .4em; vertical-align: -.05em; }
.why { font-size: .92rem; width: 100%; }
.faults { display: grid; grid-template-columns: repeat(auto-fill, minmax(145px, 1fr)); gap: 5px; width: 100%; }
.faults .q-btn { justify-content: flex-start; text-align: left; }
.pane .q-btn { text-transform: none; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 4px 12px; width: 100%; }
.chart { height: 165px; width: 100%; }
.messages { width: 100%; max-height: 70vh; overflow-y: auto; display: flex; flex-direction: column; }
.messages .q-item { padding: 2px 4px; min-height: 30px; }
.messages .q-expansion-item { border-bottom: 1px solid var(--line); }
.messages .q-item__section--side { padding: 0; min-width: 24px; }
.msg { font-size: .82rem; line-height: 1.35; overflow-wrap: anywhere; width: 100%; }
.msg .t { color: var(--dim); font-variant-numeric: tabular-nums; margin-right: .6em; }
.msg .out { color: #0b57a4; font-weight: 600; }
.msg .in { color: #7a3e9d; font-weight: 600; }
.msg .a { color: var(--go); white-space: nowrap; }
.msg .wrong { color: var(--bad); font-weight: 600; }
.raw { font: .76rem/1.35 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.raw { background: var(--paper); padding: 8px; border-radius: 6px; width: 100%; }
.keys { width: 100%; max-height: 360px; overflow-y: auto; }
.keys .key { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 8px; align-items: center; }
.keys .key { font-size: .8rem; padding: 1px 0; width: 100%; }
.keys .key > :first-child { overflow-wrap: anywhere; }
.answer { font-size: .88rem; font-weight: 600; overflow-wrap: anywhere; }
.curve { width: 100%; touch-action: none; cursor: crosshair; }
.grow { flex: 1 1 120px; min-width: 0; }
:focus-visible { outline: 3px solid #f5a623 !important; outline-offset: 1px; }
"""
