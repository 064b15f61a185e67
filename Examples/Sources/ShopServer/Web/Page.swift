import HTTPTypes
import Hummingbird
import NIOCore

/// What people get where a program gets JSON: the same, to be looked at.
struct Page: Sendable {
    let title: String
    let body: HTML

    func response(_ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: document.text)))
    }

    private var document: HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) – storefront</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <header><a class="shop" href="/">storefront</a>
        <nav><a href="/">Products</a> <a href="/profiles/ann">A profile</a> <a href="/events">Events</a>
        <a href="/configuration">Configuration</a> <a href="/tree">Tree</a></nav></header>
        <main>
        <h1>\(title)</h1>
        \(body)
        </main>
        </body>
        </html>

        """
    }

    private static let style: HTML = """
        :root { color-scheme: light dark; --line: #d9d5cc; --ink: #24221e; --soft: #6d675c; --paper: #faf8f4;
          --card: #fff; --mark: #7a4b12; --warn: #9b2c1a; }
        @media (prefers-color-scheme: dark) { :root { --line: #45413a; --ink: #ece8df; --soft: #a9a294;
          --paper: #1c1a17; --card: #26231f; --mark: #e0a960; --warn: #f0937f; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        header { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: baseline; padding: .8rem 1.5rem;
          border-bottom: 1px solid var(--line); background: var(--card); }
        nav { display: flex; flex-wrap: wrap; gap: 0 1.2rem; }
        a { color: var(--mark); }
        .shop { font-weight: 700; text-decoration: none; }
        main { max-width: 64rem; margin: 0 auto; padding: 1rem 1.5rem 3rem; }
        h1 { font-size: 1.6rem; margin: .8rem 0 1rem; }
        h2 { font-size: 1.1rem; margin: 0 0 .6rem; }
        table { border-collapse: collapse; width: 100%; }
        th { font-weight: 600; color: var(--soft); white-space: nowrap; }
        th, td { vertical-align: top; }
        th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
        tr:last-child td { border-bottom: 0; }
        .number { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr));
          align-items: start; margin: 0 0 1rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.2rem;
          overflow-wrap: anywhere; margin: 0 0 1rem; }
        .cards .card { margin: 0; }
        .soft { color: var(--soft); }
        .missing { border-style: dashed; }
        .missing p { color: var(--warn); margin: 0; }
        p { margin: 0 0 .6rem; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
          overflow-x: auto; font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
        """
}

extension Request {
    /// Whether a person's browser asks.
    var wantsPage: Bool { headers[.accept]?.contains("text/html") == true }
}

extension Answer {
    /// The page for people, the document for programs.
    static func either(_ request: Request, _ document: some Encodable, page: () -> Page) -> Response {
        request.wantsPage ? page().response() : json(document)
    }
}
