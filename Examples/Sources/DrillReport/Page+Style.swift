extension Page {
    static let style: Markup = """

        :root { color-scheme: light dark; --paper: #f7f7f5; --card: #fff; --ink: #1d1f21; --soft: #62666b;
          --line: #dfe1e3; --first: #2563c9; --second: #c26a00; --alarm: #c0392b; --fault: #6b7280;
          --shade: #d9485a22; --good: #1a7f4b; --bad: #b3261e; --thin: #9a6700; }
        @media (prefers-color-scheme: dark) { :root { --paper: #16181a; --card: #1f2225; --ink: #e8eaec;
          --soft: #9aa1a8; --line: #34393e; --first: #6ea8ff; --second: #f0a34a; --alarm: #ff7b6b; --fault: #a5adb6;
          --shade: #ff5d7033; --good: #4cc38a; --bad: #ff8a80; --thin: #e5b567; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 64rem; margin: 0 auto; padding: 1.5rem; }
        header { border-left: 5px solid var(--tone); background: var(--card); padding: 1rem 1.25rem;
          border-radius: 0 .5rem .5rem 0; }
        header.good { --tone: var(--good); } header.bad { --tone: var(--bad); } header.thin { --tone: var(--thin); }
        h1 { margin: .1rem 0 .3rem; font-size: 1.7rem; line-height: 1.2; color: var(--tone); }
        h2 { margin: 0 0 .5rem; font-size: 1rem; }
        header p { margin: 0; } .kicker { color: var(--soft); font-size: .85rem; }
        .findings { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0 0;
          padding: .8rem 1rem .8rem 2rem; overflow-wrap: anywhere; font-size: .9rem; }
        .tiles { display: grid; grid-template-columns: repeat(6, 1fr); gap: .75rem; margin: 1rem 0; }
        @media (max-width: 62rem) { .tiles { grid-template-columns: repeat(3, 1fr); } }
        @media (max-width: 32rem) { .tiles { grid-template-columns: repeat(2, 1fr); } }
        .tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
          padding: .6rem .9rem; }
        .tiles b { display: block; font-size: 1.1rem; font-variant-numeric: tabular-nums;
          white-space: nowrap; }
        .tiles span { color: var(--soft); font-size: .82rem; }
        .picture, .columns section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
          padding: 1rem 1.25rem; }
        figure { margin: 0 0 1rem; overflow-x: auto; } figcaption { margin-bottom: .2rem; }
        .unit, .note, footer { color: var(--soft); font-size: .85rem; } .note { margin: 0; }
        .legend { float: right; font-size: .85rem; } .key { margin-left: 1rem; }
        .key i { display: inline-block; width: .9rem; height: .2rem; margin-right: .35rem; vertical-align: middle;
          background: var(--first); }
        .key.second i { background: var(--second); }
        svg { display: block; width: 100%; min-width: 38rem; height: auto; overflow: visible; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .tick { fill: var(--soft); font-size: 11px; font-variant-numeric: tabular-nums; }
        .kind { fill: var(--soft); font-size: 11px; }
        polyline { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
        polyline.first { stroke: var(--first); } polyline.second { stroke: var(--second); }
        circle.first { fill: var(--first); } circle.second { fill: var(--second); }
        polygon.first { fill: var(--first); opacity: .13; }
        rect.alarm { fill: var(--alarm); } rect.fault { fill: var(--fault); } rect.bad { fill: var(--bad); }
        .shade { fill: var(--shade); } .look { fill: transparent; }
        .look:hover { fill: var(--ink); opacity: .5; }
        .columns { columns: 2 22rem; column-gap: 1rem; margin: 1rem 0; }
        .columns section { overflow-x: auto; break-inside: avoid; margin-bottom: 1rem; }
        table { border-collapse: collapse; width: 100%; font-size: .88rem; }
        th { color: var(--soft); font-weight: 500; text-align: left; }
        th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); }
        tr:last-child td { border-bottom: 0; }
        .number { text-align: right; padding-right: 0; padding-left: .6rem; font-variant-numeric: tabular-nums; }
        code { font: 12.5px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }

        """
}
