// Generated from the API's OpenAPI document by `npm run types`; do not edit.
export interface paths {
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process lives
         * @description It needs nothing else.
         */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description In the text format, or what else the scraper accepts.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This description as JSON
         * @description The same for every request until the server is another version; it has an ETag.
         */
        get: operations["openapi-json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This description as YAML
         * @description The same for every request until the server is another version; it has an ETag.
         */
        get: operations["openapi-yaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the server can answer
         * @description 503 with a problem while it is starting, and when it is about to stop.
         */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who wrote what, when and from where, and what became of it; the newest first
         * @description Each write has a record before it is begun, and another of what became of it.
         */
        get: operations["audit-log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Audits of the tables, the newest first
         * @description Those since the process that keeps the tables started, without their findings.
         */
        get: operations["list-audits"];
        put?: never;
        /**
         * Audit the tables
         * @description The answer comes at once and says how it goes; ask for it by its id. It goes on whoever waits for it, one after the other.
         */
        post: operations["audit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audits/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One audit and what it found
         * @description How far it is while it runs, then at most the first 1,000 findings; each names what heals it.
         */
        get: operations["show-audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calendar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Twelve months of every list and market: what is out, due, in review and missing
         * @description From the running month on. A month is missing when nothing is approved and it is to be published within seven days.
         */
        get: operations["calendar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/crawls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Records of crawls, the newest first
         * @description Refused ones too: they say why nothing was published from them.
         */
        get: operations["list-crawls"];
        put?: never;
        /**
         * One crawl now
         * @description The answer comes when what it found can be queried. A crawl that is refused publishes nothing, and its record says why.
         */
        post: operations["run-crawl"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/crawls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The record of one crawl
         * @description Its shards are each taken or refused for itself.
         */
        get: operations["show-crawl"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/crawls/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a refused crawl, or the refused shards of one, after all
         * @description Works while no later observation of the scope exists; later it is a conflict. The answer comes when what it found can be queried.
         */
        post: operations["accept-crawl"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/crawls/running": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Crawls that run now, and how far they are
         * @description The answer is of this moment and has no other pages: ask again to follow a crawl. One that has ended is among the records.
         */
        get: operations["list-running-crawls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Guides and agreements as of an instant
         * @description Market by market, in the order of keys. A key that no list in force holds is 404.
         */
        get: operations["list-documents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/documents/files/{sha256}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The file that a document is in
         * @description Of any document that was ever prepared for a release, by its SHA-256.
         */
        get: operations["get-document-file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/documents/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The document that applies in a market, or those that apply in several
         * @description One that names the market before one for its region before one for everywhere; then the language asked for, or a related one, or English; then the newest version.
         */
        get: operations["resolve-document"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the events
         * @description Server-sent events: each event's data is a CloudEvent in JSON with its stream and sequence, and with the traceparent of what caused it where that is known; its id resumes behind it, whatever the filters left out. Who may not see what a partner pays gets events without it, and not those that tell of nothing else. Each is sent at least once, in order per subject. A quiet stream says every 15 seconds that it is alive, with an id and without data. A client that takes nothing for 30 seconds is cut off, and misses nothing when it resumes.
         */
        get: operations["follow-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/observations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a snapshot as an observation
         * @description The body is a file as it is, perhaps gzipped: rows of the Retail Prices API, an array or its envelope; a rate card of Partner Center or the Commerce API; a price sheet of Partner Center (azure_consumption, azure_reservations) as CSV; or Partner Center's monthly exchange rates as CSV, in USD. Its content says which it is. Rates of each kind are a price list of their own: retail, ratecard, price-sheet, fx.
         */
        post: operations["observe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The offer matrix as of an instant: what may be ordered, where, and within which limits
         * @description Market by market, in the order of keys. A key that no list in force holds is 404.
         */
        get: operations["list-offers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orderable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What can be ordered in a market as of an instant, and what is missing where something cannot
         * @description In the price list in force, in the offer matrix, allowed in the country, and with a prerequisite that can be ordered where it needs one. The matrix is the worldwide one; where the market has one of its own, its lines count before those of the same key.
         */
        get: operations["orderable"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Licence prices as of an instant
         * @description With product, SKU, term and billing plan all given it answers with the lines of every currency and tier that match, or 404. As CSV, a workbook or Parquet it is the price list as partners get it, with its official columns; as JSON or NDJSON the items as in pages.
         */
        get: operations["list-prices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is different in a market's prices between two instants, on either axis of time
         * @description Valid time and knowledge time may both differ: what a list changes, and what was said otherwise before.
         */
        get: operations["diff-prices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every period of a licence price, with when it was known and by which release
         * @description In the order in which it became known. It ends with what is believed now.
         */
        get: operations["price-history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices/movers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The prices of a market that moved most between two instants, the farthest first
         * @description One answer, at most 1,000 of them. Lines that are new or gone do not move.
         */
        get: operations["price-movers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices/restatements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the prices that were said of a market are not those that are said now
         * @description Ranges of valid time in which the prices, as they were known when they became valid or at said_at, are not those known at known_at.
         */
        get: operations["price-restatements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A licence price over time, for a chart
         * @description A line for each currency and tier that matches: its steps over a range of valid time, as known at an instant.
         */
        get: operations["price-series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices:lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Many licence prices at once, each as of instants of its own
         * @description Up to 100,000 lines, answered in their order. A line that nothing matches then is answered with no price.
         */
        post: operations["lookup-prices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rows that were kept but not believed
         * @description With their own bytes, and the reason. Nothing of them is published.
         */
        get: operations["list-quarantine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Usage rates as of an instant
         * @description With meter, SKU, type, reservation term and tier all given the answer holds exactly one rate, or is 404; otherwise, and with a watchlist, it is a list.
         */
        get: operations["list-rates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is different in usage rates between two instants, on either axis of time
         * @description Valid time and knowledge time may both differ: what changed in the world, and what was learned of the past.
         */
        get: operations["diff-rates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The usage list as one file
         * @description All rates that match as of an instant, one a row; what is found out while the file is written is not in it. Layout focus names the columns as the FinOps Open Cost and Usage Specification does, version 1.2, and those that it has no name for x_ and a name.
         */
        get: operations["export-rates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many usage rates each service has in each region
         * @description Of those that have a price at an instant: what there is to choose from.
         */
        get: operations["rate-groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every period and change of one usage rate
         * @description Changes as they became known, and the ranges of valid time that each of them said something new of.
         */
        get: operations["rate-history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates/movers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The usage rates whose price moved most between two instants, the farthest first
         * @description One answer, at most 1,000 of them. Rates that are new or gone do not move.
         */
        get: operations["rate-movers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates/restatements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where what was said of usage rates is not what is said now
         * @description Ranges of valid time in which the answer, as it was known when it became valid or at said_at, is not the one known at known_at.
         */
        get: operations["rate-restatements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The price of a meter's rates over time, for a chart
         * @description A line for each rate that matches, at most 100: its steps over a range of valid time, as known at an instant.
         */
        get: operations["rate-series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rates:lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Many usage rates at once, each as of instants of its own
         * @description Up to 100,000 lines, answered in their order: what a bill is checked with. A line without a price then is answered with no rate.
         */
        post: operations["lookup-rates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rebuilds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rebuilds of tables, the newest first
         * @description Those since the process that keeps the tables started.
         */
        get: operations["list-rebuilds"];
        put?: never;
        /**
         * Make tables again from the streams
         * @description The answer comes at once and says how it goes; ask for it by its id. It goes on whoever waits for it, one after the other.
         */
        post: operations["rebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rebuilds/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How a rebuild goes
         * @description Readers go on meanwhile, and see the new table when it is whole.
         */
        get: operations["show-rebuild"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages that could not be decoded
         * @description With their bytes, stream and sequence, in that order.
         */
        get: operations["list-rejects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Releases, in order of their ids
         * @description Filters are combined. A release that is published is in the list once its prices can be queried.
         */
        get: operations["list-releases"];
        put?: never;
        /**
         * Make a draft from a sheet
         * @description Errors in the sheet make no draft, and all of them are named; warnings stop nothing before approval. With published it is a list of the past.
         */
        post: operations["create-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One release
         * @description Its ETag is what If-Match is given when something is done to it.
         */
        get: operations["show-release"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a release; it is published when due
         * @description Needs another person than author and submitter. What goes out at once can be queried when the answer comes.
         */
        post: operations["approve-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a release of prices changes, column by column
         * @description The lines of the diff in a form that a page can hold however many they are. Of a list without prices it has no lines; see its diff.
         */
        get: operations["release-changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/correct": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a draft that mends a public release
         * @description The draft is another revision of the month, with the full life of its own.
         */
        post: operations["correct-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a release changes
         * @description Against its predecessor, or another release of its list and market. A file holds the lines alone, one a row.
         */
        get: operations["diff-release"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A release as a file, as partners get it
         * @description Columns are in their official order, and no cell is taken for a formula. A CSV file or workbook that is read in again gives the same lines.
         */
        get: operations["export-release"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who did what, when and why
         * @description In the order in which it happened, what the product itself did included.
         */
        get: operations["log-release"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a release back for good
         * @description Needs a reason.
         */
        post: operations["reject-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand a draft in for review
         * @description A release in review is compared anew when another one was published in between.
         */
        post: operations["submit-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a release, or some lines of it, back
         * @description Without a body all of it. Needs another person than author and submitter. What was public falls back to the release before, and the answer comes when that can be queried.
         */
        post: operations["withdraw-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/releases:lint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Name every problem of a sheet; stores nothing
         * @description Without a market or an effective date the sheet is judged by itself.
         */
        post: operations["lint-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The Azure services that are sold, as of an instant, and what usage records and rates call them
         * @description Market by market, in the order of keys. A key that no list in force holds is 404.
         */
        get: operations["list-services"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The releases of a set
         * @description In the order of their ids.
         */
        get: operations["show-set"];
        put?: never;
        /**
         * Make a draft from every sheet of an archive, or none when one cannot be
         * @description After a failure between two drafts the same request makes those that are missing.
         */
        post: operations["create-set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sets/{name}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve all releases of a set, or none; they are published when due
         * @description The answer comes when those that go out at once can be queried.
         */
        post: operations["approve-set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sets/{name}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send all releases of a set back for good
         * @description The answer comes when those that go out at once can be queried.
         */
        post: operations["reject-set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sets/{name}/review": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a set changes, and the odd ones out across its markets and currencies
         * @description Odd is what goes another way than most markets or currencies do with the same line.
         */
        get: operations["review-set"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sets/{name}/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand all drafts of a set in for review, or none
         * @description The answer comes when those that go out at once can be queried.
         */
        post: operations["submit-set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sets:lint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Name every problem of every sheet of an archive; stores nothing
         * @description Sheets are judged as if they were created, each for the market that it says.
         */
        post: operations["lint-set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What runs, how far it is, and what comes next
         * @description Alarms are sentences for a person, and name the command where there is one.
         */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscribers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who may read the streams over NATS
         * @description All of them, by name, without their passwords, which nobody can find out again.
         */
        get: operations["list-subscribers"];
        put?: never;
        /**
         * Let somebody read the streams over NATS
         * @description His address, with his password, is told this once, and only its hash is kept. He reads and does nothing else. Nobody gives away the right to see cost who has it not.
         */
        post: operations["create-subscriber"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscribers/{name}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a subscriber in no more
         * @description At once: his connections end. His name can be given again, with another password.
         */
        post: operations["revoke-subscriber"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/{list}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file to fill in for a list, with its columns explained
         * @description A workbook; for documents a YAML file.
         */
        get: operations["get-template"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tokens, in the order in which they were made
         * @description All for operators, else those that one acts with.
         */
        get: operations["list-tokens"];
        put?: never;
        /**
         * Make a token
         * @description Its text is told this once, and only its hash is kept. Nobody gives away a role that he has not, nor the right to see cost.
         */
        post: operations["create-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One token
         * @description Operators see all, others those that they act with. Its text is told by nobody.
         */
        get: operations["show-token"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a token for good
         * @description At once. Operators end all, others those that they act with.
         */
        post: operations["revoke-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/watchlists": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watchlists, in order of their names
         * @description In the order of their names, without their entries.
         */
        get: operations["list-watchlists"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/watchlists/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One watchlist
         * @description With all of its lines and meters. Its ETag is what If-Match is given when it is put anew.
         */
        get: operations["show-watchlist"];
        /**
         * Make a watchlist, or replace it
         * @description At most 10,000 entries. Every field but a line's product and a meter's id is open where it is empty. Whoever filters by the list sees the change within five seconds.
         */
        put: operations["put-watchlist"];
        post?: never;
        /**
         * Delete a watchlist
         * @description The answer is what it was. Whoever follows events by it is told that it is gone.
         */
        delete: operations["delete-watchlist"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/watchlists/{name}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The entries of a watchlist, as a file or as one page
         * @description A CSV file can be imported again.
         */
        get: operations["export-watchlist"];
        /**
         * Make a watchlist from a CSV file, or replace its entries
         * @description Columns product, sku, market, currency, term, billing, meter_id, sku_id and region, in any order; those that nothing is said in may be missing. A row has a product or a meter_id.
         */
        put: operations["import-watchlist"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Webhooks, in order of their names
         * @description Each with what it is sent, its state and how sending goes, and without its secrets. Everybody who may read sees all of them, and of those of others the host alone.
         */
        get: operations["list-webhooks"];
        put?: never;
        /**
         * Send events to an endpoint
         * @description Signed as Standard Webhooks 1.0; each at least once, in order per subject, as /v1/events has it, and with the header traceparent. The answer holds the secret, this once.
         */
        post: operations["create-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One webhook, and how it goes
         * @description What it is sent, since when it is active or disabled and why, how many events it took and how many wait, and when it is tried again. Its secrets are told to nobody again.
         */
        get: operations["show-webhook"];
        put?: never;
        post?: never;
        /**
         * Send nothing to an endpoint any more
         * @description The answer is what it was.
         */
        delete: operations["delete-webhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{name}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The last hundred attempts, the newest first
         * @description Each with its event, how it was answered, how long that took and what followed from it. The events themselves are in the streams, and not here. Which events a webhook is sent that is told cost, only those see who may see it.
         */
        get: operations["list-deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{name}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send nothing for a while
         * @description What comes waits in the streams.
         */
        post: operations["disable-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{name}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on where sending stopped
         * @description What waits is tried at once.
         */
        post: operations["enable-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{name}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send events again, from a place on or one of them
         * @description With from, everything that passes its filters from there on, in order, and what waits is dropped; with stream and sequence, that one event, whatever the filters, beside the others and out of their order. What was taken before comes again with the same webhook-id, by which it is known.
         */
        post: operations["redeliver-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{name}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make another secret
         * @description Both secrets sign until the overlap is over. The answer holds the new one, this once.
         */
        post: operations["rotate-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event that says nothing, and tell what came of it
         * @description Its type is pricewire.webhook.tested.v1. It is not tried again.
         */
        post: operations["test-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who asks, and what he may
         * @description By the token that it shows, or by its word where everybody is believed.
         */
        get: operations["whoami"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The server's version
         * @description As its build was named. The description has a version of its own.
         */
        get: operations["version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AcknowledgementView: {
            /** Format: date-time */
            at: string;
            by: string;
            /** @example lines-gone */
            rule: string;
        };
        AuditInput: {
            /** @description Read the streams again and compare every column of every row. */
            deep?: boolean;
            /** @description Fill holes from the streams, and make missing views again. */
            repair?: boolean;
            /**
             * @description Only this stream; all when empty.
             * @example RATES_USD
             */
            stream?: string;
        };
        AuditView: {
            /** @description Made by itself when the process started. */
            at_start: boolean;
            deep: boolean;
            /**
             * Format: int64
             * @description Messages of it that are dealt with.
             */
            done: number;
            /**
             * Format: date-time
             * @description null: it has not.
             */
            ended: string | null;
            /** @description Why it failed; empty when it did not. */
            failure: string;
            /** @description At most the first 1,000 of them; none in a list of audits. */
            findings: components["schemas"]["FindingView"][];
            /** @example audit-3 */
            id: string;
            /** @description With which stream, with its incarnation. */
            on: string;
            /**
             * Format: int64
             * @description Rows and messages that nothing is wrong with, and that a rebuild would know more of.
             */
            outdated: number;
            /**
             * @description What is being done; empty when nothing is.
             * @example comparing with the stream
             */
            phase: string;
            repair: boolean;
            /**
             * Format: int64
             * @description Findings that were repaired.
             */
            repaired: number;
            /**
             * Format: int64
             * @description Rows that were added.
             */
            restored: number;
            /**
             * Format: date-time
             * @description null: it waits.
             */
            started: string | null;
            /** @enum {string} */
            state: "waiting" | "running" | "done" | "failed";
            /** @description The only stream that was asked for; empty: all. */
            stream: string;
            /** @description Up to which sequence each stream was audited. */
            streams: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Of how many.
             */
            total: number;
            /**
             * Format: int64
             * @description Findings that have to be dealt with.
             */
            wrong: number;
        };
        ChangeColumns: {
            billing: string[];
            change: string[];
            currency: string[];
            /** @description Where an end appears or is another. */
            ends_at: string[];
            erp_after: string[];
            erp_before: string[];
            erp_percent: string[];
            product: string[];
            segment: string[];
            sku: string[];
            term: string[];
            tier: string[];
            /** @description The SKU's title, as it will be. */
            title: string[];
            /** @description Where it was another. */
            title_before: string[];
            unit_after: (string | null)[];
            unit_before: (string | null)[];
            unit_percent: (string | null)[];
        };
        ChangesView: {
            /** @description The release it is compared with; empty when there is none. */
            against: string;
            /** @description The changed lines, those whose price moves by the largest percentage first. The n-th of every column is of the n-th line. */
            lines: components["schemas"]["ChangeColumns"];
            /** @description Whether that one is approved but not public yet. */
            planned: boolean;
            release: string;
            /**
             * Format: int64
             * @description How many lines have another title or description at the same price.
             */
            renamed: number;
            summary: components["schemas"]["CountsView"];
            /** @description Lines by product and by segment, those with most changes first. */
            totals: components["schemas"]["TotalView"][];
        };
        CountsView: {
            /** Format: int64 */
            added: number;
            /** Format: int64 */
            changed: number;
            /** Format: int64 */
            ending: number;
            /** Format: int64 */
            price_changed: number;
            /** Format: int64 */
            removed: number;
            /** Format: int64 */
            unchanged: number;
        };
        CrawlCountsView: {
            /** Format: int64 */
            added: number;
            /** Format: int64 */
            backdated: number;
            /** Format: int64 */
            corrections: number;
            /** Format: int64 */
            expiring: number;
            /** Format: int64 */
            periods: number;
            /** Format: int64 */
            price_changed: number;
            /** Format: int64 */
            renamed: number;
            /** Format: int64 */
            rescheduled: number;
            /** Format: int64 */
            restated: number;
            /** Format: int64 */
            retired: number;
        };
        CrawlInput: {
            /** @description The server's first currency when empty, USD unless it is told another. */
            currency?: string;
            /** @description <source>-<currency> when empty. */
            scope?: string;
            /** @description Base URL of anything that speaks the Retail Prices API; empty: the server's own source. */
            source?: string;
        };
        CrawlView: {
            /** @description Let through by a person. */
            accepted: boolean;
            complete: boolean;
            /** @description Not there for who may not see what the partner pays. */
            content?: string | null;
            counts: components["schemas"]["CrawlCountsView"];
            currency: string;
            /** Format: date-time */
            finished: string;
            /** Format: int64 */
            foreign: number;
            id: string;
            /** Format: int64 */
            identities: number;
            /** @description The conditions of a rate card. */
            offer_terms: components["schemas"]["OfferTermView"][];
            /** Format: int64 */
            pages: number;
            partial: boolean;
            /**
             * Format: int64
             * @description How many batches the changes came in; 0: one.
             */
            parts: number;
            /** Format: int64 */
            quarantined: number;
            /** @description Why nothing was published from it. */
            refused: string;
            /** @description Already made: nothing was published. */
            repeated: boolean;
            /** Format: int64 */
            rows: number;
            scope: string;
            /** @description The parts of the catalogue that were read, each taken or refused for itself. */
            shards: components["schemas"]["ShardView"][];
            source: string;
            /**
             * Format: date-time
             * @description The observation time.
             */
            started: string;
            /**
             * Format: int64
             * @description How often the catalogue, or the shard that took longest to settle, was read; 0: it is not traversed.
             */
            traversals: number;
        };
        DeliveryView: {
            /** Format: date-time */
            at: string;
            /**
             * Format: int64
             * @description From 1.
             */
            attempt: number;
            /** @description The event's id, which is also the header webhook-id. Where the webhook is told cost, not there for who may not see it: such an id is made of it. */
            event?: string | null;
            /**
             * Format: int64
             * @description How long it took.
             */
            millis: number;
            problem: string;
            /** Format: int64 */
            sequence: number;
            /**
             * Format: int64
             * @description HTTP status; 0: no answer came.
             */
            status: number;
            stream: string;
            /** @description Where the webhook is told cost, not there for who may not see it: an event may be of that alone. */
            subject?: string | null;
            /**
             * @description waits: its subject waits, others go on; paused: everything waits; gone: the endpoint is disabled.
             * @enum {string}
             */
            verdict: "delivered" | "waits" | "paused" | "gone";
        };
        DiffView: {
            /** @description The release it is compared with; empty when there is none. */
            against: string;
            /** @description Of any other list; without unchanged ones. */
            items: components["schemas"]["ItemDifferenceView"][];
            /** @description Of a list of prices; without unchanged ones. */
            lines: components["schemas"]["DifferenceView"][];
            /** @description Whether that one is approved but not public yet. */
            planned: boolean;
            release: string;
            /**
             * Format: int64
             * @description How many lines have another title or description at the same price.
             */
            renamed: number;
            /** @description All lines by change kind, whatever was asked for. */
            summary: components["schemas"]["CountsView"];
            /** @description Lines by product and by segment, those with most changes first. */
            totals: components["schemas"]["TotalView"][];
        };
        DifferenceView: {
            after: components["schemas"]["LineView"] | null;
            before: components["schemas"]["LineView"] | null;
            /** @enum {string} */
            change: "added" | "price_changed" | "changed" | "ending" | "removed" | "unchanged";
            identity: components["schemas"]["LineIdentityView"];
            /** @description How far the prices go; null where the line has no other side. */
            move: components["schemas"]["MoveView"] | null;
            /** @description The prices stay, and a title or the description is another. */
            renamed: boolean;
        };
        ErrorDetail: {
            /** @description Where the error occurred, e.g. 'body.items[3].tags' or 'path.thing-id' */
            location?: string;
            /** @description Error message text */
            message?: string;
            /** @description The value at the given location */
            value?: unknown;
        };
        ErrorModel: {
            /**
             * @description A human-readable explanation specific to this occurrence of the problem.
             * @example Property foo is required but is missing.
             */
            detail?: string;
            /** @description Optional list of individual error details */
            errors?: components["schemas"]["ErrorDetail"][];
            /**
             * Format: uri
             * @description A URI reference that identifies the specific occurrence of the problem.
             * @example https://example.com/error-log/abc123
             */
            instance?: string;
            /**
             * Format: int64
             * @description HTTP status code
             * @example 400
             */
            status?: number;
            /**
             * @description A short, human-readable summary of the problem type. This value should not change between occurrences of the error.
             * @example Bad Request
             */
            title?: string;
            /**
             * Format: uri
             * @description A URI reference to human-readable documentation for the error.
             * @default about:blank
             * @example https://example.com/errors/example
             */
            type: string;
        };
        FindingView: {
            /** @description What differs. */
            columns: string[];
            /**
             * @description The command that heals it; empty when nothing is to be done.
             * @example pricewire rebuild --list usage
             */
            cure: string;
            detail: string;
            /**
             * Format: int64
             * @description Sequence of the first message.
             */
            first: number;
            /** @enum {string} */
            kind: "hole" | "double" | "altered" | "extra" | "count" | "schema" | "slices" | "shared" | "outdated";
            /**
             * Format: int64
             * @description Sequence of the last message.
             */
            last: number;
            repaired: boolean;
            /**
             * Format: int32
             * @description Ordinal of the row among those of the message in the table; null: not one row.
             */
            row: number | null;
            /**
             * Format: int64
             * @description How many rows are concerned; 0: that is not known.
             */
            rows: number;
            /** @description With its incarnation; empty: it is about the schema. */
            stream: string;
            /** @description Empty: all that the messages feed. */
            table: string;
        };
        FocusView: {
            BillingCurrency: string;
            ChargeCategory: string;
            CommitmentDiscountCategory: string | null;
            CommitmentDiscountType: string | null;
            InvoiceIssuerName: string;
            /** Format: decimal */
            ListUnitPrice: string;
            PricingCategory: string | null;
            PricingCurrency: string;
            PricingUnit: string | null;
            ProviderName: string;
            PublisherName: string;
            RegionId: string | null;
            RegionName: string | null;
            ServiceCategory: string | null;
            ServiceName: string | null;
            SkuId: string;
            SkuMeter: string | null;
            SkuPriceDetails: string | null;
            SkuPriceId: string;
            x_ArmSkuName: string | null;
            /** Format: decimal */
            x_BlockSize: string | null;
            /** Format: date-time */
            x_EffectiveStart: string | null;
            /** Format: decimal */
            x_HourlyEquivalent: string | null;
            /** Format: decimal */
            x_IncludedQuantity: string;
            x_IsPrimaryMeterRegion: string | null;
            /** Format: date-time */
            x_KnownAt: string;
            /** Format: decimal */
            x_Price: string;
            x_PriceList: string;
            x_PriceType: string;
            x_ProductId: string | null;
            x_ProductName: string | null;
            x_PurchaseOption: string | null;
            x_ReservationTerm: string | null;
            x_SavingsPlans: components["schemas"]["SavingsPlanView"][];
            x_ServiceFamily: string | null;
            x_ServiceId: string | null;
            x_SkuMeterId: string;
            x_SkuName: string | null;
            /** Format: decimal */
            x_SkuTier: string;
            x_UnitOfMeasure: string | null;
            /** Format: date-time */
            x_ValidTo: string | null;
        };
        ItemDifferenceView: {
            after: {
                [key: string]: string;
            } | null;
            /** @description What it said; null when it was not there. */
            before: {
                [key: string]: string;
            } | null;
            /** @enum {string} */
            change: "added" | "changed" | "removed";
            /** @example CFQ7TTC0LH18/0001 */
            key: string;
        };
        ItemsOfPriceLineView: {
            items: components["schemas"]["PriceLineView"][];
        };
        ItemsOfPriceLookupItem: {
            items: components["schemas"]["PriceLookupItem"][];
        };
        ItemsOfPriceLookupView: {
            items: components["schemas"]["PriceLookupView"][];
        };
        ItemsOfRateGroupView: {
            items: components["schemas"]["RateGroupView"][];
        };
        ItemsOfRateLineView: {
            items: components["schemas"]["RateLineView"][];
        };
        ItemsOfRateLookupItem: {
            items: components["schemas"]["RateLookupItem"][];
        };
        ItemsOfRateLookupView: {
            items: components["schemas"]["RateLookupView"][];
        };
        LackView: {
            /** @enum {string} */
            reason: "not-in-price-list" | "not-in-matrix" | "country-not-allowed" | "no-prerequisite-orderable";
            text: string;
        };
        LineIdentityView: {
            billing: string;
            currency: string;
            market: string;
            product: string;
            sku: string;
            term: string;
            tier: string;
        };
        LineView: {
            description: string;
            end_of_sale: string;
            /**
             * Format: date-time
             * @description Null: open.
             */
            ends_at: string | null;
            erp_price: string;
            /** @enum {string} */
            price_basis: "term" | "month";
            product_title: string;
            publisher: string;
            segment: string;
            sku_title: string;
            /**
             * Format: date-time
             * @description Null: always.
             */
            starts_at: string | null;
            tags: string;
            unit: string;
            /** @description What the partner pays; not there for who may not see it. */
            unit_price?: string | null;
        };
        LintView: {
            diff: components["schemas"]["CountsView"];
            /** Format: int64 */
            errors: number;
            /** Format: int64 */
            lines: number;
            /** Format: int64 */
            notes: number;
            /** @description The release it was compared with; empty when there is none. */
            predecessor: string;
            problems: components["schemas"]["ProblemView"][];
            /** Format: int64 */
            warnings: number;
        };
        LogEntryView: {
            /** Format: date-time */
            at: string;
            reason: string;
            what: string;
            who: string;
        };
        MonthView: {
            /**
             * Format: int64
             * @description Whole days until it is to be published; below 0 when that has passed; 0 when it is out.
             */
            days_left: number;
            /** Format: date-time */
            effective_at: string;
            list: string;
            market: string;
            /** @description Nothing is approved although it is to be published within seven days. */
            missing: boolean;
            /** @example 2026-12 */
            month: string;
            /**
             * Format: date-time
             * @description Latest instant of publication; when it was published where it is out.
             */
            publish_at: string;
            /** @description The release that the stage is about; empty when there is none. */
            release: string;
            /** Format: int64 */
            revision: number;
            /**
             * @description out: published; due: approved; held and in_review: waits for an approver; draft: waits for its author; missing: nothing is there; awaited: nothing is there, and there is time.
             * @enum {string}
             */
            stage: "out" | "due" | "held" | "in_review" | "draft" | "missing" | "awaited";
        };
        MoveView: {
            /** Format: decimal */
            erp_amount: string;
            /** Format: decimal */
            erp_percent: string | null;
            /**
             * Format: decimal
             * @description New minus old, in the line's currency.
             */
            unit_amount?: string | null;
            /**
             * Format: decimal
             * @description Of the old price; null when that was 0.
             */
            unit_percent?: string | null;
        };
        NewSubscriberBody: {
            /** @description Whether he may see what the partner pays. */
            cost?: boolean;
            /**
             * @description A letter, then letters, digits and dashes, all lower case, 32 at most.
             * @example billing
             */
            name: string;
        };
        NewSubscriberView: {
            /** @description Whether he reads the streams with what the partner pays; else those without, whose names begin with ERP_. */
            cost: boolean;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** @example billing */
            name: string;
            /**
             * @description The address of NATS with his name and password. It is told this once.
             * @example nats://billing:SECRET@127.0.0.1:4222
             */
            url: string;
        };
        NewTokenBody: {
            /** @description Whether it shows what the partner pays. */
            cost?: boolean;
            /**
             * @description When it ends: a date or RFC 3339, at most a year ahead.
             * @example 2027-06-01
             */
            expires_at: string;
            /**
             * @description What it is for.
             * @example nightly export
             */
            name: string;
            /**
             * @description Who acts with it; who makes it when empty.
             * @example alice
             */
            owner?: string;
            /**
             * @description reader, editor, approver, operator; none that who makes it has not.
             * @example [
             *       "reader"
             *     ]
             */
            roles: string[] | null;
        };
        NewTokenView: {
            /** @description Whether it shows what the partner pays. */
            cost: boolean;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** Format: date-time */
            expires_at: string;
            /**
             * @description The part of its text between pw_ and the second _.
             * @example k3v7qz2mxw4a
             */
            id: string;
            /**
             * @description What it is for.
             * @example nightly export
             */
            name: string;
            /**
             * @description Who acts with it.
             * @example alice
             */
            owner: string;
            /**
             * Format: date-time
             * @description Null: it is not.
             */
            revoked_at: string | null;
            revoked_by: string;
            /**
             * @example [
             *       "reader"
             *     ]
             */
            roles: string[];
            /** @enum {string} */
            state: "valid" | "expired" | "revoked";
            /**
             * @description What is sent as a bearer token. It is told this once.
             * @example pw_k3v7qz2mxw4a_…
             */
            token: string;
            /**
             * Format: date-time
             * @description When it was seen last, within a minute; null: never.
             */
            used_at: string | null;
        };
        NoticeView: {
            /**
             * Format: int64
             * @description Whole days, planned before publication and true after.
             */
            days: number;
            /** @example days:30 */
            policy: string;
            reason: string;
            short: boolean;
        };
        OddView: {
            change: string;
            identity: components["schemas"]["LineIdentityView"];
            /**
             * Format: int64
             * @description Of how many in all, this one included.
             */
            of: number;
            /**
             * Format: int64
             * @description How many others do that.
             */
            others: number;
            /**
             * Format: decimal
             * @description How far its ERP price goes; null when it does not move.
             */
            percent: string | null;
            release: string;
            /** @description What most others do. */
            usual: string;
            /** Format: decimal */
            usual_percent: string | null;
        };
        OfferTermView: {
            /**
             * Format: decimal
             * @description Share of the price, 0 to 1.
             */
            discount?: string | null;
            /**
             * Format: date-time
             * @description From when it holds; null: it does not say.
             */
            effective_from: string | null;
            /** @description The meters that the discount does not hold for. */
            excluded_meter_ids: string[];
            name: string;
        };
        OrderableView: {
            /** @description What a bundle contains. */
            includes: string[];
            /** @example CFQ7TTC0LH18/0001 */
            key: string;
            /**
             * Format: int64
             * @description 0: no limit.
             */
            max_licenses: number;
            /**
             * Format: int64
             * @description 0: no limit.
             */
            min_licenses: number;
            /** @description What is missing where it cannot be ordered. */
            missing: components["schemas"]["LackView"][];
            orderable: boolean;
            /** @description What an add-on can be bought with; one of them is enough. */
            prerequisites: components["schemas"]["PrerequisiteView"][];
            /** @description Empty for a legacy offer, whose key is its id. */
            product: string;
            sku: string;
            /** @description For how long it can be bought and how it is paid. */
            terms: components["schemas"]["TermView"][];
            title: string;
        };
        PageOfAuditView: {
            items: components["schemas"]["AuditView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfCrawlView: {
            items: components["schemas"]["CrawlView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfDeliveryView: {
            items: components["schemas"]["DeliveryView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfLogEntryView: {
            items: components["schemas"]["LogEntryView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfMonthView: {
            items: components["schemas"]["MonthView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfOrderableView: {
            items: components["schemas"]["OrderableView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfPriceDifferenceView: {
            items: components["schemas"]["PriceDifferenceView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfPriceMoverView: {
            items: components["schemas"]["PriceMoverView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfPricePeriodView: {
            items: components["schemas"]["PricePeriodView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfPriceRestatementView: {
            items: components["schemas"]["PriceRestatementView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfPriceView: {
            items: components["schemas"]["PriceView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfQuarantinedView: {
            items: components["schemas"]["QuarantinedView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfRateDifferenceView: {
            items: components["schemas"]["RateDifferenceView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfRateMoverView: {
            items: components["schemas"]["RateMoverView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfRateRestatementView: {
            items: components["schemas"]["RateRestatementView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfRateView: {
            items: components["schemas"]["RateView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfRebuildView: {
            items: components["schemas"]["RebuildView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfRejectView: {
            items: components["schemas"]["RejectView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfReleaseView: {
            items: components["schemas"]["ReleaseView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfRunningView: {
            items: components["schemas"]["RunningView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfSubscriberView: {
            items: components["schemas"]["SubscriberView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfTokenView: {
            items: components["schemas"]["TokenView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfWatchEntryView: {
            items: components["schemas"]["WatchEntryView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfWatchlistHead: {
            items: components["schemas"]["WatchlistHead"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfWebhookView: {
            items: components["schemas"]["WebhookView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PageOfWriteView: {
            items: components["schemas"]["WriteView"][];
            /** @description Cursor of the next page; null on the last. */
            next: string | null;
        };
        PrerequisiteView: {
            key: string;
            orderable: boolean;
            title: string;
        };
        PriceAnswerView: {
            description: string;
            end_of_sale: string;
            /**
             * Format: decimal
             * @description Estimated retail price.
             */
            erp_price: string;
            /** @description Product family, derived from the titles: Office 365, EMS, Dynamics CRM or other; empty where it was kept before families were. */
            family: string;
            /** @description The release in force. */
            in_force: string;
            /**
             * Format: date-time
             * @description When the answer became known.
             */
            known_at: string;
            /** @enum {string} */
            price_basis: "term" | "month";
            product_title: string;
            publisher: string;
            /** @description The release whose line it is: the one that last changed it. */
            release: string;
            segment: string;
            sku_title: string;
            /**
             * Format: date-time
             * @description Start of the line, as its list has it; null: always.
             */
            starts_at: string | null;
            tags: string;
            unit: string;
            /**
             * Format: decimal
             * @description What the partner pays; not there for who may not see it.
             */
            unit_price?: string | null;
            /**
             * Format: date-time
             * @description Since when the answer holds; null: always.
             */
            valid_from: string | null;
            /**
             * Format: date-time
             * @description When the answer ends, as known; null: open.
             */
            valid_to: string | null;
        };
        PriceDifferenceView: {
            /** @description Null: there is no price. */
            after: components["schemas"]["PriceAnswerView"] | null;
            /** @description Null: there was no price. */
            before: components["schemas"]["PriceAnswerView"] | null;
            billing: string;
            /** @enum {string} */
            change: "added" | "removed" | "price_changed" | "changed";
            currency: string;
            market: string;
            product: string;
            sku: string;
            term: string;
            tier: string;
        };
        PriceLineView: {
            billing: string;
            currency: string;
            market: string;
            product: string;
            sku: string;
            /** @description From each on, until the next, the price is this; the first is at the start of the range. */
            steps: components["schemas"]["PriceStepView"][];
            term: string;
            tier: string;
            /**
             * Format: int64
             * @description How many steps there were before they were thinned out.
             */
            whole: number;
        };
        PriceLookupItem: {
            /** @description Valid time: a date or RFC 3339; now when empty. */
            at?: string;
            billing: string;
            /** @description Empty: every currency. */
            currency?: string;
            /** @description Knowledge time; now when empty. */
            known_at?: string;
            /** @description ISO 3166. */
            market: string;
            /** @description In a legacy list the offer id. */
            product: string;
            /** @description Leading zeros may be missing. */
            sku: string;
            term: string;
            /**
             * Format: decimal
             * @description Tier minimum; empty: every tier.
             */
            tier?: string;
        };
        PriceLookupView: {
            /** @description The prices that match and are there then, in the order of currency and tier; empty: none. */
            prices: components["schemas"]["SourcedPriceView"][];
        };
        PriceMoverView: {
            /** @description Null: there is no price. */
            after: components["schemas"]["PriceAnswerView"] | null;
            /**
             * Format: decimal
             * @description New unit price minus old; of the estimated retail price for who may not see what the partner pays.
             */
            amount: string;
            /** @description Null: there was no price. */
            before: components["schemas"]["PriceAnswerView"] | null;
            billing: string;
            /** @enum {string} */
            change: "added" | "removed" | "price_changed" | "changed";
            currency: string;
            market: string;
            /**
             * Format: decimal
             * @description Of the old price, rounded to two decimals; null when that was 0.
             */
            percent: string | null;
            product: string;
            sku: string;
            term: string;
            tier: string;
        };
        PricePeriodView: {
            billing: string;
            /** @description Kind of the change that it came with. */
            change: string;
            currency: string;
            /**
             * Format: decimal
             * @description Estimated retail price; null: none.
             */
            erp_price: string | null;
            /**
             * Format: date-time
             * @description When it became known; null when nothing was said.
             */
            known_at: string | null;
            market: string;
            /** @description term or month; empty where there is no price. */
            price_basis: string;
            product: string;
            /** @description The release whose publication, or withdrawal, said it. */
            published_in: string;
            /** @description Whose line it is, or that says that there is none. */
            release: string;
            sku: string;
            term: string;
            tier: string;
            /**
             * Format: decimal
             * @description What the partner pays; null: none; not there for who may not see it.
             */
            unit_price?: string | null;
            /**
             * Format: date-time
             * @description Null: always.
             */
            valid_from: string | null;
            /**
             * Format: date-time
             * @description Null: open.
             */
            valid_to: string | null;
            /**
             * Format: int64
             * @description The release's n-th withdrawal, from 1; 0: its publication.
             */
            withdrawal: number;
        };
        PriceRestatementView: {
            billing: string;
            currency: string;
            /** Format: date-time */
            from: string;
            market: string;
            product: string;
            said: components["schemas"]["PriceSayingView"];
            says: components["schemas"]["PriceSayingView"];
            sku: string;
            term: string;
            tier: string;
            /** Format: date-time */
            to: string;
        };
        PriceSayingView: {
            /**
             * Format: decimal
             * @description Estimated retail price; null: none.
             */
            erp_price: string | null;
            /**
             * Format: date-time
             * @description When it became known; null when nothing was said.
             */
            known_at: string | null;
            /** @description term or month; empty where there is no price. */
            price_basis: string;
            /** @description Whose line it is, or that says that there is none. */
            release: string;
            /**
             * Format: decimal
             * @description What the partner pays; null: none; not there for who may not see it.
             */
            unit_price?: string | null;
        };
        PriceStepView: {
            /** Format: date-time */
            at: string;
            /**
             * Format: decimal
             * @description Estimated retail price; null: none.
             */
            erp_price: string | null;
            /**
             * Format: date-time
             * @description When it became known; null when nothing was said.
             */
            known_at: string | null;
            /** @description term or month; empty where there is no price. */
            price_basis: string;
            /** @description Whose line it is, or that says that there is none. */
            release: string;
            /**
             * Format: decimal
             * @description What the partner pays; null: none; not there for who may not see it.
             */
            unit_price?: string | null;
        };
        PriceView: {
            billing: string;
            currency: string;
            description: string;
            end_of_sale: string;
            /**
             * Format: decimal
             * @description Estimated retail price.
             */
            erp_price: string;
            /** @description Product family, derived from the titles: Office 365, EMS, Dynamics CRM or other; empty where it was kept before families were. */
            family: string;
            /** @description The release in force. */
            in_force: string;
            /**
             * Format: date-time
             * @description When the answer became known.
             */
            known_at: string;
            market: string;
            /** @enum {string} */
            price_basis: "term" | "month";
            product: string;
            product_title: string;
            publisher: string;
            /** @description The release whose line it is: the one that last changed it. */
            release: string;
            segment: string;
            sku: string;
            sku_title: string;
            /**
             * Format: date-time
             * @description Start of the line, as its list has it; null: always.
             */
            starts_at: string | null;
            tags: string;
            term: string;
            tier: string;
            unit: string;
            /**
             * Format: decimal
             * @description What the partner pays; not there for who may not see it.
             */
            unit_price?: string | null;
            /**
             * Format: date-time
             * @description Since when the answer holds; null: always.
             */
            valid_from: string | null;
            /**
             * Format: date-time
             * @description When the answer ends, as known; null: open.
             */
            valid_to: string | null;
        };
        Problem: {
            /** @description What happened, in one sentence. */
            detail: string;
            /** @description Every place of the request that is wrong. */
            errors?: components["schemas"]["ProblemPlace"][];
            /** @description What to do next. */
            hint?: string;
            /** Format: int64 */
            status: number;
            title: string;
            /** @description Stable name of the kind of problem; its last part is invalid, not-found, conflict, refused, unavailable, unauthenticated, forbidden or internal. */
            type: string;
        };
        ProblemPlace: {
            /** @description Where, for example query.at or row 7, column UnitPrice. */
            location: string;
            message: string;
        };
        ProblemView: {
            column: string;
            /**
             * Format: int64
             * @description As counted in the file, the header being row 1; 0: the whole.
             */
            row: number;
            rule: string;
            /** @enum {string} */
            severity: "error" | "warning" | "note";
            sheet?: string;
            /** @description As value. */
            text?: string | null;
            /** @description Not there where it speaks of prices, for who may not see what the partner pays. */
            value?: string | null;
        };
        QuarantinedView: {
            crawl: string;
            currency: string;
            detail: string;
            /** Format: date-time */
            known_at: string;
            meter_id: string;
            /** @description The row's own bytes. */
            raw: string;
            reason: string;
            reservation_term: string;
            scope: string;
            sku_id: string;
            tier: string;
            type: string;
        };
        RateChangeView: {
            crawl: string;
            /** Format: date-time */
            effective_from: string | null;
            /** Format: date-time */
            effective_to: string | null;
            /** @description correction, backdated, expiring, upcoming, returned, savings_plan, included_quantity; separated by blanks. */
            flags: string;
            kind: string;
            /** Format: date-time */
            known_at: string;
            meter_name: string;
            price: string | null;
            price_before: string | null;
            product_name: string;
        };
        RateDifferenceView: {
            /** @description Null: there is no price. */
            after: components["schemas"]["RateView"] | null;
            /** @description Null: there was no price. */
            before: components["schemas"]["RateView"] | null;
            /**
             * @description changed: the start of the row, an attribute, a savings plan.
             * @enum {string}
             */
            change: "added" | "removed" | "price_changed" | "changed";
            currency: string;
            meter_id: string;
            price_list: string;
            reservation_term: string;
            sku_id: string;
            /**
             * Format: decimal
             * @description Tier minimum units.
             */
            tier: string;
            type: string;
        };
        RateGroupView: {
            /** Format: int64 */
            rates: number;
            /** @description Empty: of no region. */
            region: string;
            service_family: string;
            service_name: string;
        };
        RateHistoryView: {
            changes: components["schemas"]["RateChangeView"][];
            periods: components["schemas"]["RatePeriodView"][];
        };
        RateLineView: {
            currency: string;
            meter_id: string;
            price_list: string;
            reservation_term: string;
            sku_id: string;
            /** @description From each on, until the next, the price is this; the first is at the start of the range. */
            steps: components["schemas"]["RateStepView"][];
            /**
             * Format: decimal
             * @description Tier minimum units.
             */
            tier: string;
            type: string;
            /**
             * Format: int64
             * @description How many steps there were before they were thinned out.
             */
            whole: number;
        };
        RateLookupItem: {
            /** @description Every tier; tier is not looked at. */
            all_tiers?: boolean;
            /** @description Valid time: a date or RFC 3339; now when empty. */
            at?: string;
            /** @description USD when empty. */
            currency?: string;
            /** @description Knowledge time; now when empty. */
            known_at?: string;
            meter_id: string;
            /** @description retail when empty. */
            price_list?: string;
            /** @description Empty: no reservation. */
            reservation_term?: string;
            sku_id: string;
            /**
             * Format: decimal
             * @description Tier minimum units; 0 when empty.
             */
            tier?: string;
            /** @description Consumption when empty. */
            type?: string;
        };
        RateLookupView: {
            /** @description The rates that have a price then, in the order of their tiers; empty: none. */
            rates: components["schemas"]["SourcedRateView"][];
        };
        RateMoverView: {
            /** @description Null: there is no price. */
            after: components["schemas"]["RateView"] | null;
            /**
             * Format: decimal
             * @description New price minus old.
             */
            amount: string;
            /** @description Null: there was no price. */
            before: components["schemas"]["RateView"] | null;
            /**
             * @description changed: the start of the row, an attribute, a savings plan.
             * @enum {string}
             */
            change: "added" | "removed" | "price_changed" | "changed";
            currency: string;
            meter_id: string;
            /**
             * Format: decimal
             * @description Of the old price, rounded to two decimals; null when that was 0.
             */
            percent: string | null;
            price_list: string;
            reservation_term: string;
            sku_id: string;
            /**
             * Format: decimal
             * @description Tier minimum units.
             */
            tier: string;
            type: string;
        };
        RatePeriodView: {
            /** Format: date-time */
            effective_from: string | null;
            kind: string;
            /** Format: date-time */
            known_at: string;
            /** @description Null: none. */
            price: string | null;
            /**
             * Format: date-time
             * @description Null: always.
             */
            valid_from: string | null;
            /**
             * Format: date-time
             * @description Null: open.
             */
            valid_to: string | null;
        };
        RateRestatementView: {
            currency: string;
            /** Format: date-time */
            from: string;
            meter_id: string;
            meter_name: string;
            price_list: string;
            product_name: string;
            region: string;
            reservation_term: string;
            said: components["schemas"]["RateSayingView"];
            says: components["schemas"]["RateSayingView"];
            service_name: string;
            sku_id: string;
            /**
             * Format: decimal
             * @description Tier minimum units.
             */
            tier: string;
            /** Format: date-time */
            to: string;
            type: string;
            unit_of_measure: string;
        };
        RateSayingView: {
            /** Format: date-time */
            effective_from: string | null;
            /**
             * Format: date-time
             * @description When it became known; null when nothing was said.
             */
            known_at: string | null;
            /**
             * Format: decimal
             * @description Null: none.
             */
            price: string | null;
        };
        RateStepView: {
            /** Format: date-time */
            at: string;
            /**
             * Format: date-time
             * @description Start of the row that gives the price.
             */
            effective_from: string | null;
            /**
             * Format: date-time
             * @description When the answer became known; null when nothing was said.
             */
            known_at: string | null;
            /**
             * Format: decimal
             * @description Null: none.
             */
            price: string | null;
        };
        RateView: {
            arm_sku_name: string;
            /**
             * Format: decimal
             * @description How many units the price is for, derived from unit_of_measure; null where that is not understood.
             */
            block_size: string | null;
            currency: string;
            /**
             * Format: date-time
             * @description Start of the row that gives the price.
             */
            effective_from: string | null;
            /**
             * Format: decimal
             * @description Of a reservation: the price by the hours of the term, 8760 a year, rounded half to even to 10 decimals; null for all else.
             */
            hourly_equivalent: string | null;
            /**
             * Format: decimal
             * @description Units a month that cost nothing before the tiers begin to count; 0: none.
             */
            included_quantity: string;
            is_primary_meter_region: string;
            /**
             * Format: date-time
             * @description When the answer became known.
             */
            known_at: string;
            location: string;
            meter_id: string;
            meter_name: string;
            /** @description Windows or Linux, derived from the names of virtual machines; empty when not known. */
            operating_system: string;
            /**
             * Format: decimal
             * @description Exact; for a reservation the total of the term.
             */
            price: string;
            price_list: string;
            /**
             * Format: decimal
             * @description Price by block_size, exact; null where it has more than 18 decimals, where the unit is not understood, and for reservations, whose price is for the term.
             */
            price_per_unit: string | null;
            product_id: string;
            product_name: string;
            /** @description on-demand, spot, low-priority, dev-test or reservation, derived from type and names; empty when not known. */
            purchase_option: string;
            region: string;
            reservation_term: string;
            savings_plans: components["schemas"]["SavingsPlanView"][];
            service_family: string;
            service_id: string;
            service_name: string;
            sku_id: string;
            sku_name: string;
            /**
             * Format: decimal
             * @description Tier minimum units.
             */
            tier: string;
            type: string;
            /** @description The unit that block_size counts, as the FinOps toolkit calls it; empty where block_size is null. */
            unit: string;
            unit_of_measure: string;
            /**
             * Format: date-time
             * @description When the answer ends, as known; null: open.
             */
            valid_to: string | null;
        };
        ReasonView: {
            /** @example end-before-start */
            reason: string;
            /**
             * Format: int64
             * @example 12
             */
            rows: number;
        };
        RebuildInput: {
            /**
             * @description usage, license, offers, services or documents: the tables that its streams feed; all when empty.
             * @example usage
             */
            list?: string;
        };
        RebuildView: {
            /**
             * Format: int64
             * @description Messages of it that are dealt with.
             */
            done: number;
            /**
             * Format: date-time
             * @description null: it has not.
             */
            ended: string | null;
            /** @description Why it failed; empty when it did not. */
            failure: string;
            /** @example audit-3 */
            id: string;
            /** @description Empty: all. */
            list: string;
            /** @description With which stream, with its incarnation. */
            on: string;
            /**
             * @description What is being done; empty when nothing is.
             * @example comparing with the stream
             */
            phase: string;
            /**
             * Format: date-time
             * @description null: it waits.
             */
            started: string | null;
            /** @enum {string} */
            state: "waiting" | "running" | "done" | "failed";
            /** @description That they are made from. */
            streams: string[];
            /** @description That are made again. */
            tables: string[];
            /**
             * Format: int64
             * @description Of how many.
             */
            total: number;
        };
        RedeliverInputBody: {
            /**
             * @description start, now, the id of a server-sent event, or a time: everything from there on is sent again, in order, and what waits is dropped.
             * @example 2026-11-01T00:00:00Z
             */
            from?: string;
            /**
             * Format: int64
             * @description One event: its sequence. It is sent once more, beside the others and out of their order.
             * @example 42
             */
            sequence?: number;
            /**
             * @description One event: its stream.
             * @example PRICES
             */
            stream?: string;
        };
        RefusedShardView: {
            /** @example compute/westeurope */
            name: string;
            /** @example shrunk: 1204 of the 6020 identities of the last accepted crawl are missing */
            reason: string;
        };
        RejectView: {
            /** @description The message, base64. */
            bytes: string;
            reason: string;
            /** Format: int64 */
            seq: number;
            stream: string;
            subject: string;
            /** @description The message, when it is text. */
            text?: string;
        };
        ReleaseView: {
            /** @description Warnings that somebody took responsibility for. */
            acknowledged: components["schemas"]["AcknowledgementView"][];
            approved_by: string;
            /** @description A list of the past, which counts as published when it was. */
            backfilled: boolean;
            /** @description The market's first release. */
            baseline: boolean;
            /** @description SHA-256 over the ids of its published lines, in order; empty before publication. */
            checksum?: string | null;
            /** @description SHA-256 of the whole list. */
            content?: string | null;
            /** @description The release that it mends; empty when it mends none. */
            corrects: string;
            created_by: string;
            /** @description Lines by change kind, against the predecessor. */
            diff: components["schemas"]["CountsView"];
            /** Format: date-time */
            effective_at: string;
            /** @description It takes effect when it is published, whenever that is. */
            follows_publication: boolean;
            /** @description Why it waits for an approver although it is due. */
            held: string;
            /** @example license-us-2026-12-r1 */
            id: string;
            /** @enum {string} */
            kind: "full" | "delta";
            /**
             * Format: int64
             * @description Lines of the whole list.
             */
            lines: number;
            /** @example license */
            list: string;
            /** @example US */
            market: string;
            /** @example 2026-12 */
            month: string;
            notice: components["schemas"]["NoticeView"];
            predecessor: string;
            problems: components["schemas"]["ProblemView"][];
            /** Format: date-time */
            publish_at: string;
            /** Format: date-time */
            published_at: string | null;
            /** @description Why it mends another, or is loaded late. */
            reason: string;
            /** @description A correction that takes effect when what it mends did. */
            retroactive: boolean;
            /**
             * Format: int64
             * @example 1
             */
            revision: number;
            /** @description The set it is prepared with; empty when it is alone. */
            set: string;
            /** @enum {string} */
            state: "draft" | "in_review" | "approved" | "published" | "effective" | "superseded" | "rejected" | "withdrawn";
            submitted_by: string;
            superseded_by: string;
            supersedes: string;
            /** @description What of it was taken back, in the order in which that was asked for. */
            withdrawals: components["schemas"]["WithdrawalView"][];
        };
        RotateInputBody: {
            /**
             * Format: int64
             * @description How long the secret before signs as well; 24 when left out.
             * @example 24
             */
            overlap_hours?: number;
        };
        RunningView: {
            /** @example USD */
            currency: string;
            /**
             * Format: int64
             * @description Of one traversal, by what the last crawls found; null: nothing is known yet. Rows come to more where shards are read again.
             * @example 612044
             */
            expected_rows: number | null;
            /**
             * Format: int64
             * @description Read so far, of all traversals.
             * @example 412
             */
            pages: number;
            /**
             * Format: int64
             * @description Read so far, of all traversals.
             * @example 411873
             */
            rows: number;
            /** @example azure-usd */
            scope: string;
            /**
             * Format: int64
             * @description How long reading takes yet, by what was read so far; null: that is not known.
             * @example 95
             */
            seconds_left: number | null;
            /**
             * Format: int64
             * @description Parts of the catalogue, each read for itself; 0: they are not known yet.
             * @example 96
             */
            shards: number;
            /**
             * Format: int64
             * @description Shards that were read to their end; once all are, the crawl is judged and published.
             * @example 61
             */
            shards_read: number;
            /** @example azure */
            source: string;
            /**
             * Format: date-time
             * @description The observation time.
             * @example 2026-11-22T06:00:00Z
             */
            started: string;
        };
        SavingsPlanView: {
            price: string;
            term: string;
        };
        ScopeView: {
            /** @example USD */
            currency: string;
            /** @description Why the last crawl failed; empty when it did not. */
            failed: string;
            /**
             * Format: int64
             * @description Crawls that failed since the last that ended: the source gave nothing at all, or the stream could not be reached.
             * @example 0
             */
            failing_in_a_row: number;
            /**
             * @description The last crawl that ended, taken or refused; empty: none did.
             * @example azure-usd-20261122T060000Z-0123456789ab
             */
            last: string;
            /** @description Why the last crawl was refused; empty when it was taken. */
            refused: string;
            /**
             * Format: int64
             * @description Crawls that were refused since the last that was taken.
             * @example 0
             */
            refused_in_a_row: number;
            /** @description The shards of the last crawl from which nothing was taken. */
            refused_shards: components["schemas"]["RefusedShardView"][];
            /** @example azure-usd */
            scope: string;
            /**
             * Format: date-time
             * @description Observation time of the last crawl that was taken; null: none was since the process started.
             * @example 2026-11-22T06:00:00Z
             */
            taken: string | null;
        };
        SetFileView: {
            diff: components["schemas"]["CountsView"];
            /** Format: int64 */
            errors: number;
            file: string;
            /** Format: int64 */
            lines: number;
            /** @description Empty when nothing says it. */
            market: string;
            /** Format: int64 */
            notes: number;
            /** @description The release it was compared with; empty when there is none. */
            predecessor: string;
            problems: components["schemas"]["ProblemView"][];
            /** Format: int64 */
            warnings: number;
        };
        SetLintView: {
            /** Format: int64 */
            errors: number;
            files: components["schemas"]["SetFileView"][];
            /** Format: int64 */
            notes: number;
            /** Format: int64 */
            warnings: number;
        };
        SetMemberView: {
            /** @description The release it is compared with; empty when there is none. */
            against: string;
            release: string;
            /** Format: int64 */
            renamed: number;
            summary: components["schemas"]["CountsView"];
            totals: components["schemas"]["TotalView"][];
        };
        SetReviewView: {
            name: string;
            /** @description Lines that go another way than the same lines in most other markets and currencies. */
            odd: components["schemas"]["OddView"][];
            releases: components["schemas"]["SetMemberView"][];
        };
        SetView: {
            /** @example december-2026 */
            name: string;
            /** @description In order of their ids. */
            releases: components["schemas"]["ReleaseView"][];
        };
        ShardView: {
            /** Format: int64 */
            identities: number;
            /** @description Family, or family and region: compute/westeurope. */
            name: string;
            /** Format: int64 */
            pages: number;
            /** @description Why nothing was taken from it; empty when it was taken. */
            refused: string;
            /** Format: int64 */
            rows: number;
            /** Format: int64 */
            traversals: number;
        };
        SourceView: {
            /**
             * Format: int32
             * @description Place among the rows that the message gave, from 0.
             */
            row: number;
            /**
             * Format: int64
             * @description Sequence of the message in it.
             */
            seq: number;
            /** @description The stream with its incarnation; the event at that place names the crawl, or the release. */
            stream: string;
        };
        SourcedPriceView: {
            billing: string;
            currency: string;
            description: string;
            end_of_sale: string;
            /**
             * Format: decimal
             * @description Estimated retail price.
             */
            erp_price: string;
            /** @description Product family, derived from the titles: Office 365, EMS, Dynamics CRM or other; empty where it was kept before families were. */
            family: string;
            /** @description The release in force. */
            in_force: string;
            /**
             * Format: date-time
             * @description When the answer became known.
             */
            known_at: string;
            market: string;
            /** @enum {string} */
            price_basis: "term" | "month";
            product: string;
            product_title: string;
            publisher: string;
            /** @description The release whose line it is: the one that last changed it. */
            release: string;
            segment: string;
            sku: string;
            sku_title: string;
            source: components["schemas"]["SourceView"];
            /**
             * Format: date-time
             * @description Start of the line, as its list has it; null: always.
             */
            starts_at: string | null;
            tags: string;
            term: string;
            tier: string;
            unit: string;
            /**
             * Format: decimal
             * @description What the partner pays; not there for who may not see it.
             */
            unit_price?: string | null;
            /**
             * Format: date-time
             * @description Since when the answer holds; null: always.
             */
            valid_from: string | null;
            /**
             * Format: date-time
             * @description When the answer ends, as known; null: open.
             */
            valid_to: string | null;
        };
        SourcedRateView: {
            arm_sku_name: string;
            /**
             * Format: decimal
             * @description How many units the price is for, derived from unit_of_measure; null where that is not understood.
             */
            block_size: string | null;
            currency: string;
            /**
             * Format: date-time
             * @description Start of the row that gives the price.
             */
            effective_from: string | null;
            /**
             * Format: decimal
             * @description Of a reservation: the price by the hours of the term, 8760 a year, rounded half to even to 10 decimals; null for all else.
             */
            hourly_equivalent: string | null;
            /**
             * Format: decimal
             * @description Units a month that cost nothing before the tiers begin to count; 0: none.
             */
            included_quantity: string;
            is_primary_meter_region: string;
            /**
             * Format: date-time
             * @description When the answer became known.
             */
            known_at: string;
            location: string;
            meter_id: string;
            meter_name: string;
            /** @description Windows or Linux, derived from the names of virtual machines; empty when not known. */
            operating_system: string;
            /**
             * Format: decimal
             * @description Exact; for a reservation the total of the term.
             */
            price: string;
            price_list: string;
            /**
             * Format: decimal
             * @description Price by block_size, exact; null where it has more than 18 decimals, where the unit is not understood, and for reservations, whose price is for the term.
             */
            price_per_unit: string | null;
            product_id: string;
            product_name: string;
            /** @description on-demand, spot, low-priority, dev-test or reservation, derived from type and names; empty when not known. */
            purchase_option: string;
            region: string;
            reservation_term: string;
            /**
             * Format: date-time
             * @description When the row became known that all but price, effective_from and valid_to are of: the last one known, whatever at.
             */
            row_known_at: string | null;
            savings_plans: components["schemas"]["SavingsPlanView"][];
            service_family: string;
            service_id: string;
            service_name: string;
            sku_id: string;
            sku_name: string;
            source: components["schemas"]["SourceView"];
            /**
             * Format: decimal
             * @description Tier minimum units.
             */
            tier: string;
            type: string;
            /** @description The unit that block_size counts, as the FinOps toolkit calls it; empty where block_size is null. */
            unit: string;
            unit_of_measure: string;
            /**
             * Format: date-time
             * @description When the answer ends, as known; null: open.
             */
            valid_to: string | null;
        };
        StatusView: {
            /** @description What a person should look at. */
            alarms: string[];
            /** @description The newest crawls. */
            crawls: components["schemas"]["CrawlView"][];
            /**
             * Format: date-time
             * @description The server's clock, which may be simulated.
             */
            now: string;
            /** @description Rows that crawls brought since the process started and that are not believed, by reason. */
            quarantined: components["schemas"]["ReasonView"][];
            ready: boolean;
            /** @description What is on its way or newest, in order of effective date. */
            releases: components["schemas"]["ReleaseView"][];
            /** @description Crawls that run now. */
            running: components["schemas"]["RunningView"][];
            /** @description How the crawls of each scope went since the process started. */
            scopes: components["schemas"]["ScopeView"][];
            simulated: boolean;
            /** @description Where usage rates come from. */
            source: string;
            streams: components["schemas"]["StreamView"][];
            version: string;
        };
        StreamView: {
            /**
             * Format: int64
             * @description Messages not yet queryable.
             */
            lag: number;
            /**
             * Format: int64
             * @description Sequence of the newest message.
             */
            last: number;
            /** Format: int64 */
            messages: number;
            name: string;
            /**
             * Format: int64
             * @description Up to which it can be queried.
             */
            written: number;
        };
        SubscriberView: {
            /** @description Whether he reads the streams with what the partner pays; else those without, whose names begin with ERP_. */
            cost: boolean;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** @example billing */
            name: string;
        };
        TermView: {
            /** @example Monthly */
            billing: string;
            /** @example P1M */
            term: string;
        };
        TokenView: {
            /** @description Whether it shows what the partner pays. */
            cost: boolean;
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** Format: date-time */
            expires_at: string;
            /**
             * @description The part of its text between pw_ and the second _.
             * @example k3v7qz2mxw4a
             */
            id: string;
            /**
             * @description What it is for.
             * @example nightly export
             */
            name: string;
            /**
             * @description Who acts with it.
             * @example alice
             */
            owner: string;
            /**
             * Format: date-time
             * @description Null: it is not.
             */
            revoked_at: string | null;
            revoked_by: string;
            /**
             * @example [
             *       "reader"
             *     ]
             */
            roles: string[];
            /** @enum {string} */
            state: "valid" | "expired" | "revoked";
            /**
             * Format: date-time
             * @description When it was seen last, within a minute; null: never.
             */
            used_at: string | null;
        };
        TotalView: {
            /** Format: int64 */
            added: number;
            /** @enum {string} */
            by: "product" | "segment";
            /** Format: int64 */
            changed: number;
            /** Format: int64 */
            ending: number;
            name: string;
            /** Format: int64 */
            price_changed: number;
            /** Format: int64 */
            removed: number;
            /** Format: int64 */
            unchanged: number;
        };
        TransitionBody: {
            /**
             * @description Rules of warnings that whoever acts takes responsibility for, separated by commas.
             * @example lines-gone,price-moved
             */
            acknowledge?: string;
            /**
             * @description Why; needed to reject.
             * @example exchange rates of last month
             */
            reason?: string;
            /**
             * @description Why it goes out with less notice than the policy asks for.
             * @example the list came late
             */
            short_notice?: string;
        };
        VersionView: {
            version: string;
        };
        WatchEntryView: {
            billing: string;
            currency: string;
            market: string;
            meter_id: string;
            product: string;
            region: string;
            sku: string;
            sku_id: string;
            term: string;
        };
        WatchedLine: {
            /**
             * @description Only this billing plan.
             * @example Monthly
             */
            billing?: string;
            /**
             * @description Only this currency: ISO 4217.
             * @example USD
             */
            currency?: string;
            /**
             * @description Only this market: ISO 3166.
             * @example US
             */
            market?: string;
            /**
             * @description Product id; of legacy lists the offer id.
             * @example CFQ7TTC0LH18
             */
            product: string;
            /**
             * @description Only this SKU; leading zeros may be missing.
             * @example 0001
             */
            sku?: string;
            /**
             * @description Only this term.
             * @example P1M
             */
            term?: string;
        };
        WatchedMeter: {
            /**
             * @description Only this currency: ISO 4217.
             * @example USD
             */
            currency?: string;
            /** @example 0008fc59-f088-5d25-8e72-147ec2e66261 */
            meter_id: string;
            /**
             * @description Only this ARM region.
             * @example westeurope
             */
            region?: string;
            /**
             * @description Only this SKU.
             * @example DZH318Z092QW/007H
             */
            sku_id?: string;
        };
        WatchlistBody: {
            /**
             * @description At most 500 bytes.
             * @example what we sell in the US
             */
            description?: string;
            lines?: components["schemas"]["WatchedLine"][] | null;
            meters?: components["schemas"]["WatchedMeter"][] | null;
        };
        WatchlistHead: {
            /** Format: date-time */
            created_at: string;
            /** @example alice */
            created_by: string;
            description: string;
            /** Format: int64 */
            line_count: number;
            /** Format: int64 */
            meter_count: number;
            /** @example what-we-sell */
            name: string;
            /** Format: date-time */
            updated_at: string;
            /** @example alice */
            updated_by: string;
        };
        WatchlistView: {
            /** Format: date-time */
            created_at: string;
            /** @example alice */
            created_by: string;
            description: string;
            /** Format: int64 */
            line_count: number;
            lines: components["schemas"]["WatchedLine"][];
            /** Format: int64 */
            meter_count: number;
            meters: components["schemas"]["WatchedMeter"][];
            /** @example what-we-sell */
            name: string;
            /** Format: date-time */
            updated_at: string;
            /** @example alice */
            updated_by: string;
        };
        WebhookBody: {
            /** @example USD */
            currency?: string;
            /** @example tells billing of US prices */
            description?: string;
            /**
             * @description start, now (default), the id of a server-sent event, or a time: events known at or after it.
             * @example now
             */
            from?: string;
            /** @example US */
            market?: string;
            /**
             * @description Small letters, digits and hyphens, at most 64.
             * @example billing
             */
            name: string;
            /**
             * @description Patterns of subjects, with commas between.
             * @example pw.price.us.>
             */
            subject?: string;
            /**
             * @description Event types, with commas between.
             * @example pricewire.price.changed.v1
             */
            type?: string;
            /**
             * @description https, at most 2,048 bytes; http, and addresses of the inside, only within networks that --webhook-allow names.
             * @example https://example.com/prices
             */
            url: string;
            /**
             * @description Only changes of what is on this watchlist.
             * @example what-we-sell
             */
            watchlist?: string;
        };
        WebhookSecretView: {
            /** @description Whether events tell what a partner pays: whoever made it had the right. */
            cost: boolean;
            /** Format: date-time */
            created_at: string;
            /** @example alice */
            created_by: string;
            currency: string;
            description: string;
            /**
             * Format: int64
             * @description Attempts in a row that it did not take; 0: it takes events.
             */
            failures: number;
            /**
             * Format: int64
             * @description Events that wait because their subject does.
             */
            held: number;
            market: string;
            /** @example billing */
            name: string;
            /**
             * Format: date-time
             * @description When it is tried again; null: nothing waits.
             */
            next_at: string | null;
            /** @description How far its events are sent, as the id of a server-sent event. */
            position: string;
            /** @description Why it takes none; empty when it does. */
            problem: string;
            /** @description Why it is disabled; empty when it is not. */
            reason: string;
            /** @description What events are signed with from now on, as Standard Webhooks has it. It is told this once. */
            secret: string;
            /**
             * Format: int64
             * @description How many secrets sign now: two while a rotation overlaps.
             */
            secrets: number;
            /**
             * Format: int64
             * @description Events that it took.
             */
            sent: number;
            /** @enum {string} */
            state: "active" | "disabled";
            /**
             * Format: date-time
             * @description Since when it is in its state.
             */
            state_at: string;
            /**
             * @description Patterns of subjects, with commas between; empty: all.
             * @example pw.price.us.>
             */
            subject: string;
            /** @description Event types, with commas between; empty: all. */
            type: string;
            /**
             * @description Whoever neither made it nor is an operator sees no more than its host: what follows may be a secret.
             * @example https://example.com/prices
             */
            url: string;
            watchlist: string;
        };
        WebhookView: {
            /** @description Whether events tell what a partner pays: whoever made it had the right. */
            cost: boolean;
            /** Format: date-time */
            created_at: string;
            /** @example alice */
            created_by: string;
            currency: string;
            description: string;
            /**
             * Format: int64
             * @description Attempts in a row that it did not take; 0: it takes events.
             */
            failures: number;
            /**
             * Format: int64
             * @description Events that wait because their subject does.
             */
            held: number;
            market: string;
            /** @example billing */
            name: string;
            /**
             * Format: date-time
             * @description When it is tried again; null: nothing waits.
             */
            next_at: string | null;
            /** @description How far its events are sent, as the id of a server-sent event. */
            position: string;
            /** @description Why it takes none; empty when it does. */
            problem: string;
            /** @description Why it is disabled; empty when it is not. */
            reason: string;
            /**
             * Format: int64
             * @description How many secrets sign now: two while a rotation overlaps.
             */
            secrets: number;
            /**
             * Format: int64
             * @description Events that it took.
             */
            sent: number;
            /** @enum {string} */
            state: "active" | "disabled";
            /**
             * Format: date-time
             * @description Since when it is in its state.
             */
            state_at: string;
            /**
             * @description Patterns of subjects, with commas between; empty: all.
             * @example pw.price.us.>
             */
            subject: string;
            /** @description Event types, with commas between; empty: all. */
            type: string;
            /**
             * @description Whoever neither made it nor is an operator sees no more than its host: what follows may be a secret.
             * @example https://example.com/prices
             */
            url: string;
            watchlist: string;
        };
        WhoView: {
            /** @description Whether what the partner pays is shown. */
            cost: boolean;
            /** @description Who acts; empty where everybody is believed and nobody was named. */
            name: string;
            roles: string[];
            /** @description Id of the token; empty without one. */
            token: string;
            /**
             * @description How that is known: everybody on a loopback address is believed, a token, or one of the identity provider.
             * @enum {string}
             */
            via: "trust" | "token" | "oidc";
        };
        WithdrawalView: {
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            at: string;
            by: string;
            /**
             * Format: date-time
             * @description From when on the lines do not answer; null while it is pending.
             */
            from: string | null;
            /** @description The release in force from then on without it; empty when none is. */
            in_force: string;
            /**
             * Format: date-time
             * @description When it became known; null while it is pending.
             */
            known_at: string | null;
            /**
             * Format: int64
             * @description How many lines; 0: all.
             */
            lines: number;
            /**
             * Format: int64
             * @description Its place among the release's withdrawals, from 1.
             */
            n: number;
            /** @description The world was not told of it yet. */
            pending: boolean;
            reason: string;
            retroactive: boolean;
        };
        WriteView: {
            /** @description Whence it came. */
            address: string;
            /** Format: date-time */
            at: string;
            /** @example license-us-2026-12-r1 */
            object: string;
            /** @example approve-release */
            operation: string;
            /** @description begun, done, or the kind of problem that it ended with. */
            outcome: string;
            /** @description The same for both records of a write. */
            request: string;
            /** Format: int64 */
            seq: number;
            /**
             * Format: int64
             * @description HTTP's; 0 while it is begun.
             */
            status: number;
            /** @description Id of the token that it came with. */
            token: string;
            via: string;
            who: string;
        };
    };
    responses: {
        /** @description It has changed since, or cannot be done as things are; or a request of the same Idempotency-Key still runs, and Retry-After says when to ask again. */
        Conflict: {
            headers: {
                /** @description Seconds after which to send it again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "conflict",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 409,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Whoever asks may not do this. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "forbidden",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 403,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The server failed. A failed read changed nothing; a failed write can be sent again. */
        Internal: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "internal server error",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 500,
                 *       "title": "Internal error",
                 *       "type": "https://pricewire.dev/problems/internal"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A parameter, or what was sent, cannot be read. Every wrong place is named. */
        Invalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "query.at: \"yesterday\" is not a time; write 2026-12-01 or 2026-12-01T00:00:00Z",
                 *       "errors": [
                 *         {
                 *           "location": "query.at",
                 *           "message": "\"yesterday\" is not a time; write 2026-12-01 or 2026-12-01T00:00:00Z"
                 *         }
                 *       ],
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 400,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body did not arrive in time. */
        Late: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "request timeout",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 408,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The server answers under other names only. */
        Misdirected: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "misdirected request",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 421,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description None of the media types that are accepted can be had. */
        NotAcceptable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "not acceptable",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 406,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing, or no answer; the problem says what is known about it. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "not found",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 404,
                 *       "title": "Not found",
                 *       "type": "https://pricewire.dev/problems/not-found"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request line is longer than 16 KiB. */
        QueryTooLong: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "request uri too long",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 414,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A rule refuses it, a parameter or field does not exist, or the Idempotency-Key was used for another request. */
        Refused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "unprocessable entity",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 422,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than is taken. */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "request entity too large",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 413,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The client sends more requests than it may; Retry-After says when to go on. */
        TooManyRequests: {
            headers: {
                /** @description Seconds after which to send it again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "too many requests",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 429,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Nobody is named who may ask, or what names him is not valid. */
        Unauthenticated: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "unauthorized",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 401,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something that is needed is not there, or too much runs already. Where it helps, Retry-After says when to ask again. */
        Unavailable: {
            headers: {
                /** @description Seconds after which to send it again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "service unavailable",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 503,
                 *       "title": "Unavailable",
                 *       "type": "https://pricewire.dev/problems/unavailable"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is of a type that is not taken. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "unsupported media type",
                 *       "hint": "/openapi.json says what this request takes",
                 *       "status": 415,
                 *       "title": "Invalid request",
                 *       "type": "https://pricewire.dev/problems/invalid"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether the process lives. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example alive */
                    "text/plain": string;
                };
            };
            400: components["responses"]["Invalid"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics for Prometheus. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example # HELP up … */
                    "text/plain": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "openapi-json": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of what the client has: when it is still so, the answer is 304 without a body.
                 * @example "7"
                 */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.0"
                     *     }
                     */
                    "application/json": Record<string, never>;
                };
            };
            /** @description It is as If-None-Match says, and has no body. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "openapi-yaml": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of what the client has: when it is still so, the answer is 304 without a body.
                 * @example "7"
                 */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.0"
                     *     }
                     */
                    "application/yaml": Record<string, never>;
                };
            };
            /** @description It is as If-None-Match says, and has no body. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether the server can answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example ready */
                    "text/plain": string;
                };
            };
            400: components["responses"]["Invalid"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "audit-log": {
        parameters: {
            query?: {
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "address": "address",
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "object": "license-us-2026-12-r1",
                     *           "operation": "approve-release",
                     *           "outcome": "outcome",
                     *           "request": "request",
                     *           "seq": 1,
                     *           "status": 1,
                     *           "token": "token",
                     *           "via": "via",
                     *           "who": "alice"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfWriteView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-audits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "at_start": false,
                     *           "deep": false,
                     *           "done": 1,
                     *           "ended": "2027-01-01T00:00:00Z",
                     *           "failure": "failure",
                     *           "findings": [
                     *             {
                     *               "columns": [
                     *                 "columns"
                     *               ],
                     *               "cure": "pricewire rebuild --list usage",
                     *               "detail": "detail",
                     *               "first": 1,
                     *               "kind": "hole",
                     *               "last": 1,
                     *               "repaired": false,
                     *               "row": 1,
                     *               "rows": 1,
                     *               "stream": "RATES_USD",
                     *               "table": "table"
                     *             }
                     *           ],
                     *           "id": "audit-3",
                     *           "on": "on",
                     *           "outdated": 1,
                     *           "phase": "comparing with the stream",
                     *           "repair": false,
                     *           "repaired": 1,
                     *           "restored": 1,
                     *           "started": "2026-12-01T00:00:00Z",
                     *           "state": "waiting",
                     *           "stream": "RATES_USD",
                     *           "streams": {
                     *             "title": 1
                     *           },
                     *           "total": 1,
                     *           "wrong": 1
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfAuditView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    audit: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "deep": false,
                 *       "repair": false,
                 *       "stream": "RATES_USD"
                 *     }
                 */
                "application/json": components["schemas"]["AuditInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at_start": false,
                     *       "deep": false,
                     *       "done": 1,
                     *       "ended": "2027-01-01T00:00:00Z",
                     *       "failure": "failure",
                     *       "findings": [
                     *         {
                     *           "columns": [
                     *             "columns"
                     *           ],
                     *           "cure": "pricewire rebuild --list usage",
                     *           "detail": "detail",
                     *           "first": 1,
                     *           "kind": "hole",
                     *           "last": 1,
                     *           "repaired": false,
                     *           "row": 1,
                     *           "rows": 1,
                     *           "stream": "RATES_USD",
                     *           "table": "table"
                     *         }
                     *       ],
                     *       "id": "audit-3",
                     *       "on": "on",
                     *       "outdated": 1,
                     *       "phase": "comparing with the stream",
                     *       "repair": false,
                     *       "repaired": 1,
                     *       "restored": 1,
                     *       "started": "2026-12-01T00:00:00Z",
                     *       "state": "waiting",
                     *       "stream": "RATES_USD",
                     *       "streams": {
                     *         "title": 1
                     *       },
                     *       "total": 1,
                     *       "wrong": 1
                     *     }
                     */
                    "application/json": components["schemas"]["AuditView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "show-audit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Which of the audits: its id.
                 * @example audit-3
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at_start": false,
                     *       "deep": false,
                     *       "done": 1,
                     *       "ended": "2027-01-01T00:00:00Z",
                     *       "failure": "failure",
                     *       "findings": [
                     *         {
                     *           "columns": [
                     *             "columns"
                     *           ],
                     *           "cure": "pricewire rebuild --list usage",
                     *           "detail": "detail",
                     *           "first": 1,
                     *           "kind": "hole",
                     *           "last": 1,
                     *           "repaired": false,
                     *           "row": 1,
                     *           "rows": 1,
                     *           "stream": "RATES_USD",
                     *           "table": "table"
                     *         }
                     *       ],
                     *       "id": "audit-3",
                     *       "on": "on",
                     *       "outdated": 1,
                     *       "phase": "comparing with the stream",
                     *       "repair": false,
                     *       "repaired": 1,
                     *       "restored": 1,
                     *       "started": "2026-12-01T00:00:00Z",
                     *       "state": "waiting",
                     *       "stream": "RATES_USD",
                     *       "streams": {
                     *         "title": 1
                     *       },
                     *       "total": 1,
                     *       "wrong": 1
                     *     }
                     */
                    "application/json": components["schemas"]["AuditView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    calendar: {
        parameters: {
            query?: {
                /**
                 * @description Only this list.
                 * @example license
                 */
                list?: string;
                /**
                 * @description Only this market; WW where a list has none.
                 * @example US
                 */
                market?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "days_left": 1,
                     *           "effective_at": "2026-12-01T00:00:00Z",
                     *           "list": "license",
                     *           "market": "US",
                     *           "missing": false,
                     *           "month": "2026-12",
                     *           "publish_at": "2026-11-01T00:00:00Z",
                     *           "release": "license-us-2026-12-r1",
                     *           "revision": 1,
                     *           "stage": "out"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfMonthView"] | components["schemas"]["MonthView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "days_left": 1,
                     *       "effective_at": "2026-12-01T00:00:00Z",
                     *       "list": "license",
                     *       "market": "US",
                     *       "missing": false,
                     *       "month": "2026-12",
                     *       "publish_at": "2026-11-01T00:00:00Z",
                     *       "release": "license-us-2026-12-r1",
                     *       "revision": 1,
                     *       "stage": "out"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["MonthView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-crawls": {
        parameters: {
            query?: {
                /**
                 * @description Only this scope's.
                 * @example sample-usd
                 */
                scope?: string;
                /**
                 * @description Only this currency's.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "accepted": false,
                     *           "complete": false,
                     *           "content": "content",
                     *           "counts": {
                     *             "added": 1,
                     *             "backdated": 1,
                     *             "corrections": 1,
                     *             "expiring": 1,
                     *             "periods": 1,
                     *             "price_changed": 1,
                     *             "renamed": 1,
                     *             "rescheduled": 1,
                     *             "restated": 1,
                     *             "retired": 1
                     *           },
                     *           "currency": "USD",
                     *           "finished": "2026-12-01T00:00:00Z",
                     *           "foreign": 1,
                     *           "id": "license-us-2026-12-r1",
                     *           "identities": 1,
                     *           "offer_terms": [
                     *             {
                     *               "discount": "7.50",
                     *               "effective_from": "2026-12-01T00:00:00Z",
                     *               "excluded_meter_ids": [
                     *                 "excluded meter ids"
                     *               ],
                     *               "name": "name"
                     *             }
                     *           ],
                     *           "pages": 1,
                     *           "partial": false,
                     *           "parts": 1,
                     *           "quarantined": 1,
                     *           "refused": "refused",
                     *           "repeated": false,
                     *           "rows": 1,
                     *           "scope": "sample-usd",
                     *           "shards": [
                     *             {
                     *               "identities": 1,
                     *               "name": "name",
                     *               "pages": 1,
                     *               "refused": "refused",
                     *               "rows": 1,
                     *               "traversals": 1
                     *             }
                     *           ],
                     *           "source": "sample",
                     *           "started": "2026-12-01T00:00:00Z",
                     *           "traversals": 1
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfCrawlView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "run-crawl": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "currency": "USD",
                 *       "scope": "sample-usd",
                 *       "source": "sample"
                 *     }
                 */
                "application/json": components["schemas"]["CrawlInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accepted": false,
                     *       "complete": false,
                     *       "content": "content",
                     *       "counts": {
                     *         "added": 1,
                     *         "backdated": 1,
                     *         "corrections": 1,
                     *         "expiring": 1,
                     *         "periods": 1,
                     *         "price_changed": 1,
                     *         "renamed": 1,
                     *         "rescheduled": 1,
                     *         "restated": 1,
                     *         "retired": 1
                     *       },
                     *       "currency": "USD",
                     *       "finished": "2026-12-01T00:00:00Z",
                     *       "foreign": 1,
                     *       "id": "license-us-2026-12-r1",
                     *       "identities": 1,
                     *       "offer_terms": [
                     *         {
                     *           "discount": "7.50",
                     *           "effective_from": "2026-12-01T00:00:00Z",
                     *           "excluded_meter_ids": [
                     *             "excluded meter ids"
                     *           ],
                     *           "name": "name"
                     *         }
                     *       ],
                     *       "pages": 1,
                     *       "partial": false,
                     *       "parts": 1,
                     *       "quarantined": 1,
                     *       "refused": "refused",
                     *       "repeated": false,
                     *       "rows": 1,
                     *       "scope": "sample-usd",
                     *       "shards": [
                     *         {
                     *           "identities": 1,
                     *           "name": "name",
                     *           "pages": 1,
                     *           "refused": "refused",
                     *           "rows": 1,
                     *           "traversals": 1
                     *         }
                     *       ],
                     *       "source": "sample",
                     *       "started": "2026-12-01T00:00:00Z",
                     *       "traversals": 1
                     *     }
                     */
                    "application/json": components["schemas"]["CrawlView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "show-crawl": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Which of the crawls: its id.
                 * @example sample-usd-20261122T090000Z
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accepted": false,
                     *       "complete": false,
                     *       "content": "content",
                     *       "counts": {
                     *         "added": 1,
                     *         "backdated": 1,
                     *         "corrections": 1,
                     *         "expiring": 1,
                     *         "periods": 1,
                     *         "price_changed": 1,
                     *         "renamed": 1,
                     *         "rescheduled": 1,
                     *         "restated": 1,
                     *         "retired": 1
                     *       },
                     *       "currency": "USD",
                     *       "finished": "2026-12-01T00:00:00Z",
                     *       "foreign": 1,
                     *       "id": "license-us-2026-12-r1",
                     *       "identities": 1,
                     *       "offer_terms": [
                     *         {
                     *           "discount": "7.50",
                     *           "effective_from": "2026-12-01T00:00:00Z",
                     *           "excluded_meter_ids": [
                     *             "excluded meter ids"
                     *           ],
                     *           "name": "name"
                     *         }
                     *       ],
                     *       "pages": 1,
                     *       "partial": false,
                     *       "parts": 1,
                     *       "quarantined": 1,
                     *       "refused": "refused",
                     *       "repeated": false,
                     *       "rows": 1,
                     *       "scope": "sample-usd",
                     *       "shards": [
                     *         {
                     *           "identities": 1,
                     *           "name": "name",
                     *           "pages": 1,
                     *           "refused": "refused",
                     *           "rows": 1,
                     *           "traversals": 1
                     *         }
                     *       ],
                     *       "source": "sample",
                     *       "started": "2026-12-01T00:00:00Z",
                     *       "traversals": 1
                     *     }
                     */
                    "application/json": components["schemas"]["CrawlView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "accept-crawl": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the crawls: its id.
                 * @example sample-usd-20261122T090000Z
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accepted": false,
                     *       "complete": false,
                     *       "content": "content",
                     *       "counts": {
                     *         "added": 1,
                     *         "backdated": 1,
                     *         "corrections": 1,
                     *         "expiring": 1,
                     *         "periods": 1,
                     *         "price_changed": 1,
                     *         "renamed": 1,
                     *         "rescheduled": 1,
                     *         "restated": 1,
                     *         "retired": 1
                     *       },
                     *       "currency": "USD",
                     *       "finished": "2026-12-01T00:00:00Z",
                     *       "foreign": 1,
                     *       "id": "license-us-2026-12-r1",
                     *       "identities": 1,
                     *       "offer_terms": [
                     *         {
                     *           "discount": "7.50",
                     *           "effective_from": "2026-12-01T00:00:00Z",
                     *           "excluded_meter_ids": [
                     *             "excluded meter ids"
                     *           ],
                     *           "name": "name"
                     *         }
                     *       ],
                     *       "pages": 1,
                     *       "partial": false,
                     *       "parts": 1,
                     *       "quarantined": 1,
                     *       "refused": "refused",
                     *       "repeated": false,
                     *       "rows": 1,
                     *       "scope": "sample-usd",
                     *       "shards": [
                     *         {
                     *           "identities": 1,
                     *           "name": "name",
                     *           "pages": 1,
                     *           "refused": "refused",
                     *           "rows": 1,
                     *           "traversals": 1
                     *         }
                     *       ],
                     *       "source": "sample",
                     *       "started": "2026-12-01T00:00:00Z",
                     *       "traversals": 1
                     *     }
                     */
                    "application/json": components["schemas"]["CrawlView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-running-crawls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "currency": "USD",
                     *           "expected_rows": 612044,
                     *           "pages": 412,
                     *           "rows": 411873,
                     *           "scope": "azure-usd",
                     *           "seconds_left": 95,
                     *           "shards": 96,
                     *           "shards_read": 61,
                     *           "source": "azure",
                     *           "started": "2026-11-22T06:00:00Z"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfRunningView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-documents": {
        parameters: {
            query?: {
                /**
                 * @description Only this market's list, WW for those of none; all when empty.
                 * @example WW
                 */
                market?: string;
                /**
                 * @description Only the item of this key.
                 * @example CFQ7TTC0LH18/0001
                 */
                key?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "file": "file",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "key": "CFQ7TTC0LH18/0001",
                     *           "kind": "kind",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "language": "language",
                     *           "link": "link",
                     *           "market": "US",
                     *           "markets": "markets",
                     *           "release": "license-us-2026-12-r1",
                     *           "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                     *           "size": "size",
                     *           "title": "title",
                     *           "valid_from": "2026-12-01T00:00:00Z",
                     *           "valid_to": "2027-01-01T00:00:00Z",
                     *           "version": "1.0"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": {
                        items: {
                            /** @description Column File; empty where the item says nothing. */
                            file?: string;
                            /** @description The release in force. */
                            in_force?: string;
                            /** @description What tells the item from the others. */
                            key?: string;
                            /** @description Column Kind; empty where the item says nothing. */
                            kind?: string;
                            /**
                             * Format: date-time
                             * @description When the answer became known.
                             */
                            known_at?: string;
                            /** @description Column Language; empty where the item says nothing. */
                            language?: string;
                            /** @description Column Link; empty where the item says nothing. */
                            link?: string;
                            /** @description WW where the list has none. */
                            market?: string;
                            /** @description Column Markets; empty where the item says nothing. */
                            markets?: string;
                            /** @description The release whose item it is. */
                            release?: string;
                            /** @description Column SHA256; empty where the item says nothing. */
                            sha256?: string;
                            /** @description Column Size; empty where the item says nothing. */
                            size?: string;
                            /** @description Column Title; empty where the item says nothing. */
                            title?: string;
                            /**
                             * Format: date-time
                             * @description Since when the answer holds; null: always.
                             */
                            valid_from?: string | null;
                            /**
                             * Format: date-time
                             * @description When the answer ends, as known; null: open.
                             */
                            valid_to?: string | null;
                            /** @description Column Version; empty where the item says nothing. */
                            version?: string;
                        }[];
                        /** @description Cursor of the next page; null on the last. */
                        next: string | null;
                    } | {
                        /** @description Column File; empty where the item says nothing. */
                        file?: string;
                        /** @description The release in force. */
                        in_force?: string;
                        /** @description What tells the item from the others. */
                        key?: string;
                        /** @description Column Kind; empty where the item says nothing. */
                        kind?: string;
                        /**
                         * Format: date-time
                         * @description When the answer became known.
                         */
                        known_at?: string;
                        /** @description Column Language; empty where the item says nothing. */
                        language?: string;
                        /** @description Column Link; empty where the item says nothing. */
                        link?: string;
                        /** @description WW where the list has none. */
                        market?: string;
                        /** @description Column Markets; empty where the item says nothing. */
                        markets?: string;
                        /** @description The release whose item it is. */
                        release?: string;
                        /** @description Column SHA256; empty where the item says nothing. */
                        sha256?: string;
                        /** @description Column Size; empty where the item says nothing. */
                        size?: string;
                        /** @description Column Title; empty where the item says nothing. */
                        title?: string;
                        /**
                         * Format: date-time
                         * @description Since when the answer holds; null: always.
                         */
                        valid_from?: string | null;
                        /**
                         * Format: date-time
                         * @description When the answer ends, as known; null: open.
                         */
                        valid_to?: string | null;
                        /** @description Column Version; empty where the item says nothing. */
                        version?: string;
                    }[];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "file": "file",
                     *       "in_force": "license-us-2026-12-r1",
                     *       "key": "CFQ7TTC0LH18/0001",
                     *       "kind": "kind",
                     *       "known_at": "2026-11-01T00:00:00Z",
                     *       "language": "language",
                     *       "link": "link",
                     *       "market": "US",
                     *       "markets": "markets",
                     *       "release": "license-us-2026-12-r1",
                     *       "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                     *       "size": "size",
                     *       "title": "title",
                     *       "valid_from": "2026-12-01T00:00:00Z",
                     *       "valid_to": "2027-01-01T00:00:00Z",
                     *       "version": "1.0"
                     *     }
                     */
                    "application/x-ndjson": {
                        /** @description Column File; empty where the item says nothing. */
                        file?: string;
                        /** @description The release in force. */
                        in_force?: string;
                        /** @description What tells the item from the others. */
                        key?: string;
                        /** @description Column Kind; empty where the item says nothing. */
                        kind?: string;
                        /**
                         * Format: date-time
                         * @description When the answer became known.
                         */
                        known_at?: string;
                        /** @description Column Language; empty where the item says nothing. */
                        language?: string;
                        /** @description Column Link; empty where the item says nothing. */
                        link?: string;
                        /** @description WW where the list has none. */
                        market?: string;
                        /** @description Column Markets; empty where the item says nothing. */
                        markets?: string;
                        /** @description The release whose item it is. */
                        release?: string;
                        /** @description Column SHA256; empty where the item says nothing. */
                        sha256?: string;
                        /** @description Column Size; empty where the item says nothing. */
                        size?: string;
                        /** @description Column Title; empty where the item says nothing. */
                        title?: string;
                        /**
                         * Format: date-time
                         * @description Since when the answer holds; null: always.
                         */
                        valid_from?: string | null;
                        /**
                         * Format: date-time
                         * @description When the answer ends, as known; null: open.
                         */
                        valid_to?: string | null;
                        /** @description Column Version; empty where the item says nothing. */
                        version?: string;
                    };
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "get-document-file": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of what the client has: when it is still so, the answer is 304 without a body.
                 * @example "7"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description SHA-256 of the file, in hexadecimal.
                 * @example 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
                 */
                sha256: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file's bytes. */
            200: {
                headers: {
                    /**
                     * @description What the file is called.
                     * @example attachment; filename=prices-us-2026-12-01.csv
                     */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description It is as If-None-Match says, and has no body. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "resolve-document": {
        parameters: {
            query: {
                /**
                 * @description program-guide, partner-agreement, customer-agreement or another kind; required.
                 * @example partner-agreement
                 */
                kind: string;
                /**
                 * @description ISO 3166; several separated by commas; required.
                 * @example JP
                 */
                market: string;
                /**
                 * @description BCP 47 tag of the language that is preferred.
                 * @example ja
                 */
                language?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document; for several markets a list. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "file": "file",
                     *       "in_force": "license-us-2026-12-r1",
                     *       "key": "CFQ7TTC0LH18/0001",
                     *       "kind": "kind",
                     *       "known_at": "2026-11-01T00:00:00Z",
                     *       "language": "language",
                     *       "link": "link",
                     *       "market": "US",
                     *       "markets": "markets",
                     *       "release": "license-us-2026-12-r1",
                     *       "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                     *       "size": "size",
                     *       "title": "title",
                     *       "valid_from": "2026-12-01T00:00:00Z",
                     *       "valid_to": "2027-01-01T00:00:00Z",
                     *       "version": "1.0"
                     *     }
                     */
                    "application/json": {
                        /** @description Column File; empty where the item says nothing. */
                        file?: string;
                        /** @description The release in force. */
                        in_force?: string;
                        /** @description What tells the item from the others. */
                        key?: string;
                        /** @description Column Kind; empty where the item says nothing. */
                        kind?: string;
                        /**
                         * Format: date-time
                         * @description When the answer became known.
                         */
                        known_at?: string;
                        /** @description Column Language; empty where the item says nothing. */
                        language?: string;
                        /** @description Column Link; empty where the item says nothing. */
                        link?: string;
                        /** @description WW where the list has none. */
                        market?: string;
                        /** @description Column Markets; empty where the item says nothing. */
                        markets?: string;
                        /** @description The release whose item it is. */
                        release?: string;
                        /** @description Column SHA256; empty where the item says nothing. */
                        sha256?: string;
                        /** @description Column Size; empty where the item says nothing. */
                        size?: string;
                        /** @description Column Title; empty where the item says nothing. */
                        title?: string;
                        /**
                         * Format: date-time
                         * @description Since when the answer holds; null: always.
                         */
                        valid_from?: string | null;
                        /**
                         * Format: date-time
                         * @description When the answer ends, as known; null: open.
                         */
                        valid_to?: string | null;
                        /** @description Column Version; empty where the item says nothing. */
                        version?: string;
                    } | {
                        items: {
                            document?: {
                                /** @description Column File; empty where the item says nothing. */
                                file?: string;
                                /** @description The release in force. */
                                in_force?: string;
                                /** @description What tells the item from the others. */
                                key?: string;
                                /** @description Column Kind; empty where the item says nothing. */
                                kind?: string;
                                /**
                                 * Format: date-time
                                 * @description When the answer became known.
                                 */
                                known_at?: string;
                                /** @description Column Language; empty where the item says nothing. */
                                language?: string;
                                /** @description Column Link; empty where the item says nothing. */
                                link?: string;
                                /** @description WW where the list has none. */
                                market?: string;
                                /** @description Column Markets; empty where the item says nothing. */
                                markets?: string;
                                /** @description The release whose item it is. */
                                release?: string;
                                /** @description Column SHA256; empty where the item says nothing. */
                                sha256?: string;
                                /** @description Column Size; empty where the item says nothing. */
                                size?: string;
                                /** @description Column Title; empty where the item says nothing. */
                                title?: string;
                                /**
                                 * Format: date-time
                                 * @description Since when the answer holds; null: always.
                                 */
                                valid_from?: string | null;
                                /**
                                 * Format: date-time
                                 * @description When the answer ends, as known; null: open.
                                 */
                                valid_to?: string | null;
                                /** @description Column Version; empty where the item says nothing. */
                                version?: string;
                            };
                            markets?: string[];
                            /** @description Why there is none; document is null then. */
                            problem?: string;
                        }[];
                        /** @description Cursor of the next page; null on the last. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "follow-events": {
        parameters: {
            query?: {
                /**
                 * @description Patterns of subjects, with commas between, at most 32; an event passes that matches one.
                 * @example pw.rate.usd.>,pw.price.us.>
                 */
                subject?: string;
                /**
                 * @description Event types, with commas between.
                 * @example pricewire.rate.changed.v1
                 */
                type?: string;
                /**
                 * @description Only changes of what is on this watchlist: of its licence lines, its meters, and its SKUs in the offer matrix.
                 * @example what-we-sell
                 */
                watchlist?: string;
                /**
                 * @description Only what is of this market: ISO 3166, or ww.
                 * @example US
                 */
                market?: string;
                /**
                 * @description Only what is of this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description start, now (default), a sequence of the one stream that the subjects lie in, or a time: events known at or after it.
                 * @example start
                 */
                from?: string;
                /**
                 * @description Begin with the last event of each subject: the current state.
                 * @example false
                 */
                last_per_subject?: boolean;
            };
            header?: {
                /**
                 * @description The id of the last event received: resume behind it.
                 * @example PRICES@20261101T000000.000000000Z:42
                 */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An endless stream of events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example retry: 2000
                     *     id: PRICES@20261105T080000.000000000Z:41
                     *     : follow
                     *
                     *     id: PRICES@20261105T080000.000000000Z:42
                     *     data: {"specversion":"1.0","type":"pricewire.release.effective.v1","id":"license-us-2026-12-r1.effective","source":"/pricewire","subject":"license-us-2026-12-r1","time":"2026-12-01T00:00:00Z","data":{},"stream":"PRICES","sequence":"42"}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    observe: {
        parameters: {
            query?: {
                /**
                 * @description Name of the file; a dated one, YYYY-MM-DD.json or YYYY-MM-DD.csv, perhaps .gz, says when it was observed.
                 * @example 2026-01-15.json.gz
                 */
                name?: string;
                /**
                 * @description When it was observed; 12:00 UTC of the name's date when empty.
                 * @example 2026-01-15T12:00:00Z
                 */
                observed_at?: string;
                /**
                 * @description USD when empty.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description backfill-<currency> when empty.
                 * @example backfill-usd
                 */
                scope?: string;
                /**
                 * @description A window: absence means nothing, and there is no shrink guard.
                 * @example false
                 */
                partial?: boolean;
                /**
                 * @description Answer when it can be queried, not when it is published.
                 * @example true
                 */
                wait?: boolean;
            };
            header?: {
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example [{"currencyCode":"USD","tierMinimumUnits":0,"retailPrice":0.0000166667,"unitPrice":0.0000166667,"armRegionName":"westeurope","effectiveStartDate":"2026-01-01T00:00:00Z","meterId":"00000000-0000-0000-0000-000000000000","meterName":"Standard Duration","productName":"Container Instances","skuId":"DZH318Z0BPVW/00QZ","skuName":"Standard","serviceName":"Container Instances","serviceFamily":"Containers","unitOfMeasure":"1 Second","type":"Consumption","isPrimaryMeterRegion":true}] */
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accepted": false,
                     *       "complete": false,
                     *       "content": "content",
                     *       "counts": {
                     *         "added": 1,
                     *         "backdated": 1,
                     *         "corrections": 1,
                     *         "expiring": 1,
                     *         "periods": 1,
                     *         "price_changed": 1,
                     *         "renamed": 1,
                     *         "rescheduled": 1,
                     *         "restated": 1,
                     *         "retired": 1
                     *       },
                     *       "currency": "USD",
                     *       "finished": "2026-12-01T00:00:00Z",
                     *       "foreign": 1,
                     *       "id": "license-us-2026-12-r1",
                     *       "identities": 1,
                     *       "offer_terms": [
                     *         {
                     *           "discount": "7.50",
                     *           "effective_from": "2026-12-01T00:00:00Z",
                     *           "excluded_meter_ids": [
                     *             "excluded meter ids"
                     *           ],
                     *           "name": "name"
                     *         }
                     *       ],
                     *       "pages": 1,
                     *       "partial": false,
                     *       "parts": 1,
                     *       "quarantined": 1,
                     *       "refused": "refused",
                     *       "repeated": false,
                     *       "rows": 1,
                     *       "scope": "sample-usd",
                     *       "shards": [
                     *         {
                     *           "identities": 1,
                     *           "name": "name",
                     *           "pages": 1,
                     *           "refused": "refused",
                     *           "rows": 1,
                     *           "traversals": 1
                     *         }
                     *       ],
                     *       "source": "sample",
                     *       "started": "2026-12-01T00:00:00Z",
                     *       "traversals": 1
                     *     }
                     */
                    "application/json": components["schemas"]["CrawlView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-offers": {
        parameters: {
            query?: {
                /**
                 * @description Only this market's list, WW for those of none; all when empty.
                 * @example WW
                 */
                market?: string;
                /**
                 * @description Only the item of this key.
                 * @example CFQ7TTC0LH18/0001
                 */
                key?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "allowed_countries": "allowed countries",
                     *           "asset_ownership_limit": "asset ownership limit",
                     *           "asset_ownership_limit_type": "asset ownership limit type",
                     *           "billing_frequency": "billing frequency",
                     *           "conversions": "conversions",
                     *           "description": "description",
                     *           "duration": "duration",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "included": "included",
                     *           "key": "CFQ7TTC0LH18/0001",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "learn_more_link": "learn more link",
                     *           "market": "US",
                     *           "max_licenses": "max licenses",
                     *           "min_licenses": "min licenses",
                     *           "offer": "offer",
                     *           "offer_type": "offer type",
                     *           "offer_uri": "offer uri",
                     *           "prerequisites": "prerequisites",
                     *           "product": "CFQ7TTC0LH18",
                     *           "product_title": "product title",
                     *           "provisioning_id": "provisioning id",
                     *           "provisioning_string": "provisioning string",
                     *           "release": "license-us-2026-12-r1",
                     *           "sku": "0001",
                     *           "sku_title": "sku title",
                     *           "terms": "terms",
                     *           "valid_from": "2026-12-01T00:00:00Z",
                     *           "valid_to": "2027-01-01T00:00:00Z"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": {
                        items: {
                            /** @description Column AllowedCountries; empty where the item says nothing. */
                            allowed_countries?: string;
                            /** @description Column AssetOwnershipLimit; empty where the item says nothing. */
                            asset_ownership_limit?: string;
                            /** @description Column AssetOwnershipLimitType; empty where the item says nothing. */
                            asset_ownership_limit_type?: string;
                            /** @description Column Billing Frequency; empty where the item says nothing. */
                            billing_frequency?: string;
                            /** @description Column ProductSkuConversion; empty where the item says nothing. */
                            conversions?: string;
                            /** @description Column Description; empty where the item says nothing. */
                            description?: string;
                            /** @description Column Duration; empty where the item says nothing. */
                            duration?: string;
                            /** @description The release in force. */
                            in_force?: string;
                            /** @description Column Included; empty where the item says nothing. */
                            included?: string;
                            /** @description What tells the item from the others. */
                            key?: string;
                            /**
                             * Format: date-time
                             * @description When the answer became known.
                             */
                            known_at?: string;
                            /** @description Column LearnMoreLink; empty where the item says nothing. */
                            learn_more_link?: string;
                            /** @description WW where the list has none. */
                            market?: string;
                            /** @description Column MaxLicenses; empty where the item says nothing. */
                            max_licenses?: string;
                            /** @description Column MinLicenses; empty where the item says nothing. */
                            min_licenses?: string;
                            /** @description Column Durable Offer ID; empty where the item says nothing. */
                            offer?: string;
                            /** @description Column Offer Type; empty where the item says nothing. */
                            offer_type?: string;
                            /** @description Column OfferURI; empty where the item says nothing. */
                            offer_uri?: string;
                            /** @description Column ProductSkuPreRequisites; empty where the item says nothing. */
                            prerequisites?: string;
                            /** @description Column ProductId; empty where the item says nothing. */
                            product?: string;
                            /** @description Column ProductTitle; empty where the item says nothing. */
                            product_title?: string;
                            /** @description Column ProvisioningId; empty where the item says nothing. */
                            provisioning_id?: string;
                            /** @description Column ProvisioningString; empty where the item says nothing. */
                            provisioning_string?: string;
                            /** @description The release whose item it is. */
                            release?: string;
                            /** @description Column SkuId; empty where the item says nothing. */
                            sku?: string;
                            /** @description Column SkuTitle; empty where the item says nothing. */
                            sku_title?: string;
                            /** @description Column Terms; empty where the item says nothing. */
                            terms?: string;
                            /**
                             * Format: date-time
                             * @description Since when the answer holds; null: always.
                             */
                            valid_from?: string | null;
                            /**
                             * Format: date-time
                             * @description When the answer ends, as known; null: open.
                             */
                            valid_to?: string | null;
                        }[];
                        /** @description Cursor of the next page; null on the last. */
                        next: string | null;
                    } | {
                        /** @description Column AllowedCountries; empty where the item says nothing. */
                        allowed_countries?: string;
                        /** @description Column AssetOwnershipLimit; empty where the item says nothing. */
                        asset_ownership_limit?: string;
                        /** @description Column AssetOwnershipLimitType; empty where the item says nothing. */
                        asset_ownership_limit_type?: string;
                        /** @description Column Billing Frequency; empty where the item says nothing. */
                        billing_frequency?: string;
                        /** @description Column ProductSkuConversion; empty where the item says nothing. */
                        conversions?: string;
                        /** @description Column Description; empty where the item says nothing. */
                        description?: string;
                        /** @description Column Duration; empty where the item says nothing. */
                        duration?: string;
                        /** @description The release in force. */
                        in_force?: string;
                        /** @description Column Included; empty where the item says nothing. */
                        included?: string;
                        /** @description What tells the item from the others. */
                        key?: string;
                        /**
                         * Format: date-time
                         * @description When the answer became known.
                         */
                        known_at?: string;
                        /** @description Column LearnMoreLink; empty where the item says nothing. */
                        learn_more_link?: string;
                        /** @description WW where the list has none. */
                        market?: string;
                        /** @description Column MaxLicenses; empty where the item says nothing. */
                        max_licenses?: string;
                        /** @description Column MinLicenses; empty where the item says nothing. */
                        min_licenses?: string;
                        /** @description Column Durable Offer ID; empty where the item says nothing. */
                        offer?: string;
                        /** @description Column Offer Type; empty where the item says nothing. */
                        offer_type?: string;
                        /** @description Column OfferURI; empty where the item says nothing. */
                        offer_uri?: string;
                        /** @description Column ProductSkuPreRequisites; empty where the item says nothing. */
                        prerequisites?: string;
                        /** @description Column ProductId; empty where the item says nothing. */
                        product?: string;
                        /** @description Column ProductTitle; empty where the item says nothing. */
                        product_title?: string;
                        /** @description Column ProvisioningId; empty where the item says nothing. */
                        provisioning_id?: string;
                        /** @description Column ProvisioningString; empty where the item says nothing. */
                        provisioning_string?: string;
                        /** @description The release whose item it is. */
                        release?: string;
                        /** @description Column SkuId; empty where the item says nothing. */
                        sku?: string;
                        /** @description Column SkuTitle; empty where the item says nothing. */
                        sku_title?: string;
                        /** @description Column Terms; empty where the item says nothing. */
                        terms?: string;
                        /**
                         * Format: date-time
                         * @description Since when the answer holds; null: always.
                         */
                        valid_from?: string | null;
                        /**
                         * Format: date-time
                         * @description When the answer ends, as known; null: open.
                         */
                        valid_to?: string | null;
                    }[];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "allowed_countries": "allowed countries",
                     *       "asset_ownership_limit": "asset ownership limit",
                     *       "asset_ownership_limit_type": "asset ownership limit type",
                     *       "billing_frequency": "billing frequency",
                     *       "conversions": "conversions",
                     *       "description": "description",
                     *       "duration": "duration",
                     *       "in_force": "license-us-2026-12-r1",
                     *       "included": "included",
                     *       "key": "CFQ7TTC0LH18/0001",
                     *       "known_at": "2026-11-01T00:00:00Z",
                     *       "learn_more_link": "learn more link",
                     *       "market": "US",
                     *       "max_licenses": "max licenses",
                     *       "min_licenses": "min licenses",
                     *       "offer": "offer",
                     *       "offer_type": "offer type",
                     *       "offer_uri": "offer uri",
                     *       "prerequisites": "prerequisites",
                     *       "product": "CFQ7TTC0LH18",
                     *       "product_title": "product title",
                     *       "provisioning_id": "provisioning id",
                     *       "provisioning_string": "provisioning string",
                     *       "release": "license-us-2026-12-r1",
                     *       "sku": "0001",
                     *       "sku_title": "sku title",
                     *       "terms": "terms",
                     *       "valid_from": "2026-12-01T00:00:00Z",
                     *       "valid_to": "2027-01-01T00:00:00Z"
                     *     }
                     */
                    "application/x-ndjson": {
                        /** @description Column AllowedCountries; empty where the item says nothing. */
                        allowed_countries?: string;
                        /** @description Column AssetOwnershipLimit; empty where the item says nothing. */
                        asset_ownership_limit?: string;
                        /** @description Column AssetOwnershipLimitType; empty where the item says nothing. */
                        asset_ownership_limit_type?: string;
                        /** @description Column Billing Frequency; empty where the item says nothing. */
                        billing_frequency?: string;
                        /** @description Column ProductSkuConversion; empty where the item says nothing. */
                        conversions?: string;
                        /** @description Column Description; empty where the item says nothing. */
                        description?: string;
                        /** @description Column Duration; empty where the item says nothing. */
                        duration?: string;
                        /** @description The release in force. */
                        in_force?: string;
                        /** @description Column Included; empty where the item says nothing. */
                        included?: string;
                        /** @description What tells the item from the others. */
                        key?: string;
                        /**
                         * Format: date-time
                         * @description When the answer became known.
                         */
                        known_at?: string;
                        /** @description Column LearnMoreLink; empty where the item says nothing. */
                        learn_more_link?: string;
                        /** @description WW where the list has none. */
                        market?: string;
                        /** @description Column MaxLicenses; empty where the item says nothing. */
                        max_licenses?: string;
                        /** @description Column MinLicenses; empty where the item says nothing. */
                        min_licenses?: string;
                        /** @description Column Durable Offer ID; empty where the item says nothing. */
                        offer?: string;
                        /** @description Column Offer Type; empty where the item says nothing. */
                        offer_type?: string;
                        /** @description Column OfferURI; empty where the item says nothing. */
                        offer_uri?: string;
                        /** @description Column ProductSkuPreRequisites; empty where the item says nothing. */
                        prerequisites?: string;
                        /** @description Column ProductId; empty where the item says nothing. */
                        product?: string;
                        /** @description Column ProductTitle; empty where the item says nothing. */
                        product_title?: string;
                        /** @description Column ProvisioningId; empty where the item says nothing. */
                        provisioning_id?: string;
                        /** @description Column ProvisioningString; empty where the item says nothing. */
                        provisioning_string?: string;
                        /** @description The release whose item it is. */
                        release?: string;
                        /** @description Column SkuId; empty where the item says nothing. */
                        sku?: string;
                        /** @description Column SkuTitle; empty where the item says nothing. */
                        sku_title?: string;
                        /** @description Column Terms; empty where the item says nothing. */
                        terms?: string;
                        /**
                         * Format: date-time
                         * @description Since when the answer holds; null: always.
                         */
                        valid_from?: string | null;
                        /**
                         * Format: date-time
                         * @description When the answer ends, as known; null: open.
                         */
                        valid_to?: string | null;
                    };
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    orderable: {
        parameters: {
            query: {
                /**
                 * @description ISO 3166; required.
                 * @example US
                 */
                market: string;
                /**
                 * @description Only this product id, legacy offer id, or key such as CFQ7TTC0LH18/0001.
                 * @example CFQ7TTC0LH18
                 */
                product?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "includes": [
                     *             "includes"
                     *           ],
                     *           "key": "CFQ7TTC0LH18/0001",
                     *           "max_licenses": 1,
                     *           "min_licenses": 1,
                     *           "missing": [
                     *             {
                     *               "reason": "not-in-price-list",
                     *               "text": "text"
                     *             }
                     *           ],
                     *           "orderable": false,
                     *           "prerequisites": [
                     *             {
                     *               "key": "CFQ7TTC0LH18/0001",
                     *               "orderable": false,
                     *               "title": "title"
                     *             }
                     *           ],
                     *           "product": "CFQ7TTC0LH18",
                     *           "sku": "0001",
                     *           "terms": [
                     *             {
                     *               "billing": "Monthly",
                     *               "term": "P1M"
                     *             }
                     *           ],
                     *           "title": "title"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfOrderableView"] | components["schemas"]["OrderableView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "includes": [
                     *         "includes"
                     *       ],
                     *       "key": "CFQ7TTC0LH18/0001",
                     *       "max_licenses": 1,
                     *       "min_licenses": 1,
                     *       "missing": [
                     *         {
                     *           "reason": "not-in-price-list",
                     *           "text": "text"
                     *         }
                     *       ],
                     *       "orderable": false,
                     *       "prerequisites": [
                     *         {
                     *           "key": "CFQ7TTC0LH18/0001",
                     *           "orderable": false,
                     *           "title": "title"
                     *         }
                     *       ],
                     *       "product": "CFQ7TTC0LH18",
                     *       "sku": "0001",
                     *       "terms": [
                     *         {
                     *           "billing": "Monthly",
                     *           "term": "P1M"
                     *         }
                     *       ],
                     *       "title": "title"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["OrderableView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-prices": {
        parameters: {
            query: {
                /**
                 * @description ISO 3166; required.
                 * @example US
                 */
                market: string;
                /**
                 * @description Only this product; in a legacy list the offer id.
                 * @example CFQ7TTC0LH18
                 */
                product?: string;
                /**
                 * @description Only this SKU; leading zeros may be missing.
                 * @example 0001
                 */
                sku?: string;
                /**
                 * @description Only this term.
                 * @example P1M
                 */
                term?: string;
                /**
                 * @description Only this billing plan.
                 * @example Monthly
                 */
                billing?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this product family: Office 365, EMS, Dynamics CRM or other.
                 * @example EMS
                 */
                family?: string;
                /**
                 * @description Only this segment.
                 * @example Education
                 */
                segment?: string;
                /**
                 * @description Only what has every one of these words, separated by blanks, in its names or ids, whatever their case.
                 * @example windows e8as
                 */
                words?: string;
                /**
                 * @description Only what is on this watchlist. A page may then hold fewer items than its limit, and have another behind it.
                 * @example what-we-sell
                 */
                watchlist?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    /**
                     * @description Whole seconds since the newest of both, by the server's clock.
                     * @example 3600
                     */
                    Age?: number;
                    /**
                     * @description When the newest crawl of the currency that was taken began; of rates only.
                     * @example 2026-11-05T08:00:00Z
                     */
                    "Pricewire-Newest-Crawl"?: string;
                    /**
                     * @description When the newest change known of the currency, or of the market, became known.
                     * @example 2026-11-05T08:00:00Z
                     */
                    "Pricewire-Newest-Event"?: string;
                    /**
                     * @description Stream and sequence up to which every message is in the answer.
                     * @example RATES_USD@20261105T080000.000000000Z:51234
                     */
                    "Pricewire-Position"?: string;
                    /**
                     * @description Of an answer about now, of one rate or line: memory or clickhouse. Both say the same.
                     * @example memory
                     */
                    "Pricewire-Source"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "description": "description",
                     *           "end_of_sale": "end of sale",
                     *           "erp_price": "7.50",
                     *           "family": "Office 365",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "market": "US",
                     *           "price_basis": "term",
                     *           "product": "CFQ7TTC0LH18",
                     *           "product_title": "product title",
                     *           "publisher": "publisher",
                     *           "release": "license-us-2026-12-r1",
                     *           "segment": "Commercial",
                     *           "sku": "0001",
                     *           "sku_title": "sku title",
                     *           "starts_at": "2026-12-01T00:00:00Z",
                     *           "tags": "tags",
                     *           "term": "P1M",
                     *           "tier": "0",
                     *           "unit": "unit",
                     *           "unit_price": "7.50",
                     *           "valid_from": "2026-12-01T00:00:00Z",
                     *           "valid_to": "2027-01-01T00:00:00Z"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfPriceView"] | components["schemas"]["PriceView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "billing": "Monthly",
                     *       "currency": "USD",
                     *       "description": "description",
                     *       "end_of_sale": "end of sale",
                     *       "erp_price": "7.50",
                     *       "family": "Office 365",
                     *       "in_force": "license-us-2026-12-r1",
                     *       "known_at": "2026-11-01T00:00:00Z",
                     *       "market": "US",
                     *       "price_basis": "term",
                     *       "product": "CFQ7TTC0LH18",
                     *       "product_title": "product title",
                     *       "publisher": "publisher",
                     *       "release": "license-us-2026-12-r1",
                     *       "segment": "Commercial",
                     *       "sku": "0001",
                     *       "sku_title": "sku title",
                     *       "starts_at": "2026-12-01T00:00:00Z",
                     *       "tags": "tags",
                     *       "term": "P1M",
                     *       "tier": "0",
                     *       "unit": "unit",
                     *       "unit_price": "7.50",
                     *       "valid_from": "2026-12-01T00:00:00Z",
                     *       "valid_to": "2027-01-01T00:00:00Z"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["PriceView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "diff-prices": {
        parameters: {
            query: {
                /**
                 * @description ISO 3166; required.
                 * @example US
                 */
                market: string;
                /**
                 * @description Only this product.
                 * @example CFQ7TTC0LH18
                 */
                product?: string;
                /**
                 * @description Only this SKU; leading zeros may be missing.
                 * @example 0001
                 */
                sku?: string;
                /**
                 * @description Only this term.
                 * @example P1M
                 */
                term?: string;
                /**
                 * @description Only this billing plan.
                 * @example Monthly
                 */
                billing?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this product family.
                 * @example EMS
                 */
                family?: string;
                /**
                 * @description Only this segment.
                 * @example Education
                 */
                segment?: string;
                /**
                 * @description Only what is on this watchlist. A page may then hold fewer items than its limit, and have another behind it.
                 * @example what-we-sell
                 */
                watchlist?: string;
                /**
                 * @description Valid time before: a date or RFC 3339; required.
                 * @example 2026-11-30
                 */
                from: string;
                /**
                 * @description Valid time after; required.
                 * @example 2026-12-01
                 */
                to: string;
                /**
                 * @description Knowledge time before; now when empty.
                 * @example 2026-11-01
                 */
                known_from?: string;
                /**
                 * @description Knowledge time after; now when empty.
                 * @example 2026-11-15
                 */
                known_to?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "after": {
                     *             "description": "description",
                     *             "end_of_sale": "end of sale",
                     *             "erp_price": "7.50",
                     *             "family": "Office 365",
                     *             "in_force": "license-us-2026-12-r1",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "price_basis": "term",
                     *             "product_title": "product title",
                     *             "publisher": "publisher",
                     *             "release": "license-us-2026-12-r1",
                     *             "segment": "Commercial",
                     *             "sku_title": "sku title",
                     *             "starts_at": "2026-12-01T00:00:00Z",
                     *             "tags": "tags",
                     *             "unit": "unit",
                     *             "unit_price": "7.50",
                     *             "valid_from": "2026-12-01T00:00:00Z",
                     *             "valid_to": "2027-01-01T00:00:00Z"
                     *           },
                     *           "before": {
                     *             "description": "description",
                     *             "end_of_sale": "end of sale",
                     *             "erp_price": "7.50",
                     *             "family": "Office 365",
                     *             "in_force": "license-us-2026-12-r1",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "price_basis": "term",
                     *             "product_title": "product title",
                     *             "publisher": "publisher",
                     *             "release": "license-us-2026-12-r1",
                     *             "segment": "Commercial",
                     *             "sku_title": "sku title",
                     *             "starts_at": "2026-12-01T00:00:00Z",
                     *             "tags": "tags",
                     *             "unit": "unit",
                     *             "unit_price": "7.50",
                     *             "valid_from": "2026-12-01T00:00:00Z",
                     *             "valid_to": "2027-01-01T00:00:00Z"
                     *           },
                     *           "billing": "Monthly",
                     *           "change": "added",
                     *           "currency": "USD",
                     *           "market": "US",
                     *           "product": "CFQ7TTC0LH18",
                     *           "sku": "0001",
                     *           "term": "P1M",
                     *           "tier": "0"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfPriceDifferenceView"] | components["schemas"]["PriceDifferenceView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "after": {
                     *         "description": "description",
                     *         "end_of_sale": "end of sale",
                     *         "erp_price": "7.50",
                     *         "family": "Office 365",
                     *         "in_force": "license-us-2026-12-r1",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "price_basis": "term",
                     *         "product_title": "product title",
                     *         "publisher": "publisher",
                     *         "release": "license-us-2026-12-r1",
                     *         "segment": "Commercial",
                     *         "sku_title": "sku title",
                     *         "starts_at": "2026-12-01T00:00:00Z",
                     *         "tags": "tags",
                     *         "unit": "unit",
                     *         "unit_price": "7.50",
                     *         "valid_from": "2026-12-01T00:00:00Z",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       },
                     *       "before": {
                     *         "description": "description",
                     *         "end_of_sale": "end of sale",
                     *         "erp_price": "7.50",
                     *         "family": "Office 365",
                     *         "in_force": "license-us-2026-12-r1",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "price_basis": "term",
                     *         "product_title": "product title",
                     *         "publisher": "publisher",
                     *         "release": "license-us-2026-12-r1",
                     *         "segment": "Commercial",
                     *         "sku_title": "sku title",
                     *         "starts_at": "2026-12-01T00:00:00Z",
                     *         "tags": "tags",
                     *         "unit": "unit",
                     *         "unit_price": "7.50",
                     *         "valid_from": "2026-12-01T00:00:00Z",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       },
                     *       "billing": "Monthly",
                     *       "change": "added",
                     *       "currency": "USD",
                     *       "market": "US",
                     *       "product": "CFQ7TTC0LH18",
                     *       "sku": "0001",
                     *       "term": "P1M",
                     *       "tier": "0"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["PriceDifferenceView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "price-history": {
        parameters: {
            query: {
                /**
                 * @description ISO 3166; required.
                 * @example US
                 */
                market: string;
                /**
                 * @description Required; in a legacy list the offer id.
                 * @example CFQ7TTC0LH18
                 */
                product: string;
                /**
                 * @description Required; leading zeros may be missing.
                 * @example 0001
                 */
                sku: string;
                /**
                 * @description Required.
                 * @example P1M
                 */
                term: string;
                /**
                 * @description Required.
                 * @example Monthly
                 */
                billing: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "billing": "Monthly",
                     *           "change": "change",
                     *           "currency": "USD",
                     *           "erp_price": "7.50",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "market": "US",
                     *           "price_basis": "price basis",
                     *           "product": "CFQ7TTC0LH18",
                     *           "published_in": "published in",
                     *           "release": "license-us-2026-12-r1",
                     *           "sku": "0001",
                     *           "term": "P1M",
                     *           "tier": "0",
                     *           "unit_price": "7.50",
                     *           "valid_from": "2026-12-01T00:00:00Z",
                     *           "valid_to": "2027-01-01T00:00:00Z",
                     *           "withdrawal": 1
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfPricePeriodView"] | components["schemas"]["PricePeriodView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "billing": "Monthly",
                     *       "change": "change",
                     *       "currency": "USD",
                     *       "erp_price": "7.50",
                     *       "known_at": "2026-11-01T00:00:00Z",
                     *       "market": "US",
                     *       "price_basis": "price basis",
                     *       "product": "CFQ7TTC0LH18",
                     *       "published_in": "published in",
                     *       "release": "license-us-2026-12-r1",
                     *       "sku": "0001",
                     *       "term": "P1M",
                     *       "tier": "0",
                     *       "unit_price": "7.50",
                     *       "valid_from": "2026-12-01T00:00:00Z",
                     *       "valid_to": "2027-01-01T00:00:00Z",
                     *       "withdrawal": 1
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["PricePeriodView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "price-movers": {
        parameters: {
            query: {
                /**
                 * @description ISO 3166; required.
                 * @example US
                 */
                market: string;
                /**
                 * @description Only this product.
                 * @example CFQ7TTC0LH18
                 */
                product?: string;
                /**
                 * @description Only this SKU; leading zeros may be missing.
                 * @example 0001
                 */
                sku?: string;
                /**
                 * @description Only this term.
                 * @example P1M
                 */
                term?: string;
                /**
                 * @description Only this billing plan.
                 * @example Monthly
                 */
                billing?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this product family.
                 * @example EMS
                 */
                family?: string;
                /**
                 * @description Only this segment.
                 * @example Education
                 */
                segment?: string;
                /**
                 * @description Only what is on this watchlist. A page may then hold fewer items than its limit, and have another behind it.
                 * @example what-we-sell
                 */
                watchlist?: string;
                /**
                 * @description Valid time before: a date or RFC 3339; required.
                 * @example 2026-11-30
                 */
                from: string;
                /**
                 * @description Valid time after; required.
                 * @example 2026-12-01
                 */
                to: string;
                /**
                 * @description Knowledge time before; now when empty.
                 * @example 2026-11-01
                 */
                known_from?: string;
                /**
                 * @description Knowledge time after; now when empty.
                 * @example 2026-11-15
                 */
                known_to?: string;
                /**
                 * @description relative (default): by the share of the old price; absolute: by the amount.
                 * @example absolute
                 */
                by?: "relative" | "absolute";
                /**
                 * @description How many, 1 to 1,000; 20 when empty.
                 * @example 20
                 */
                limit?: number;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "after": {
                     *             "description": "description",
                     *             "end_of_sale": "end of sale",
                     *             "erp_price": "7.50",
                     *             "family": "Office 365",
                     *             "in_force": "license-us-2026-12-r1",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "price_basis": "term",
                     *             "product_title": "product title",
                     *             "publisher": "publisher",
                     *             "release": "license-us-2026-12-r1",
                     *             "segment": "Commercial",
                     *             "sku_title": "sku title",
                     *             "starts_at": "2026-12-01T00:00:00Z",
                     *             "tags": "tags",
                     *             "unit": "unit",
                     *             "unit_price": "7.50",
                     *             "valid_from": "2026-12-01T00:00:00Z",
                     *             "valid_to": "2027-01-01T00:00:00Z"
                     *           },
                     *           "amount": "7.50",
                     *           "before": {
                     *             "description": "description",
                     *             "end_of_sale": "end of sale",
                     *             "erp_price": "7.50",
                     *             "family": "Office 365",
                     *             "in_force": "license-us-2026-12-r1",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "price_basis": "term",
                     *             "product_title": "product title",
                     *             "publisher": "publisher",
                     *             "release": "license-us-2026-12-r1",
                     *             "segment": "Commercial",
                     *             "sku_title": "sku title",
                     *             "starts_at": "2026-12-01T00:00:00Z",
                     *             "tags": "tags",
                     *             "unit": "unit",
                     *             "unit_price": "7.50",
                     *             "valid_from": "2026-12-01T00:00:00Z",
                     *             "valid_to": "2027-01-01T00:00:00Z"
                     *           },
                     *           "billing": "Monthly",
                     *           "change": "added",
                     *           "currency": "USD",
                     *           "market": "US",
                     *           "percent": "7.50",
                     *           "product": "CFQ7TTC0LH18",
                     *           "sku": "0001",
                     *           "term": "P1M",
                     *           "tier": "0"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfPriceMoverView"] | components["schemas"]["PriceMoverView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "after": {
                     *         "description": "description",
                     *         "end_of_sale": "end of sale",
                     *         "erp_price": "7.50",
                     *         "family": "Office 365",
                     *         "in_force": "license-us-2026-12-r1",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "price_basis": "term",
                     *         "product_title": "product title",
                     *         "publisher": "publisher",
                     *         "release": "license-us-2026-12-r1",
                     *         "segment": "Commercial",
                     *         "sku_title": "sku title",
                     *         "starts_at": "2026-12-01T00:00:00Z",
                     *         "tags": "tags",
                     *         "unit": "unit",
                     *         "unit_price": "7.50",
                     *         "valid_from": "2026-12-01T00:00:00Z",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       },
                     *       "amount": "7.50",
                     *       "before": {
                     *         "description": "description",
                     *         "end_of_sale": "end of sale",
                     *         "erp_price": "7.50",
                     *         "family": "Office 365",
                     *         "in_force": "license-us-2026-12-r1",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "price_basis": "term",
                     *         "product_title": "product title",
                     *         "publisher": "publisher",
                     *         "release": "license-us-2026-12-r1",
                     *         "segment": "Commercial",
                     *         "sku_title": "sku title",
                     *         "starts_at": "2026-12-01T00:00:00Z",
                     *         "tags": "tags",
                     *         "unit": "unit",
                     *         "unit_price": "7.50",
                     *         "valid_from": "2026-12-01T00:00:00Z",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       },
                     *       "billing": "Monthly",
                     *       "change": "added",
                     *       "currency": "USD",
                     *       "market": "US",
                     *       "percent": "7.50",
                     *       "product": "CFQ7TTC0LH18",
                     *       "sku": "0001",
                     *       "term": "P1M",
                     *       "tier": "0"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["PriceMoverView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "price-restatements": {
        parameters: {
            query: {
                /**
                 * @description ISO 3166; required.
                 * @example US
                 */
                market: string;
                /**
                 * @description Only this product.
                 * @example CFQ7TTC0LH18
                 */
                product?: string;
                /**
                 * @description Only this SKU; leading zeros may be missing.
                 * @example 0001
                 */
                sku?: string;
                /**
                 * @description Only this term.
                 * @example P1M
                 */
                term?: string;
                /**
                 * @description Only this billing plan.
                 * @example Monthly
                 */
                billing?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Start of the range of valid time: a date or RFC 3339; required.
                 * @example 2026-01-01
                 */
                from: string;
                /**
                 * @description Its end, which is not in it; now when empty.
                 * @example 2027-01-01
                 */
                to?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Knowledge time of what was said; when empty that of each instant itself.
                 * @example 2026-02-01
                 */
                said_at?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "market": "US",
                     *           "product": "CFQ7TTC0LH18",
                     *           "said": {
                     *             "erp_price": "7.50",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "price_basis": "price basis",
                     *             "release": "license-us-2026-12-r1",
                     *             "unit_price": "7.50"
                     *           },
                     *           "says": {
                     *             "erp_price": "7.50",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "price_basis": "price basis",
                     *             "release": "license-us-2026-12-r1",
                     *             "unit_price": "7.50"
                     *           },
                     *           "sku": "0001",
                     *           "term": "P1M",
                     *           "tier": "0",
                     *           "to": "2027-01-01T00:00:00Z"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfPriceRestatementView"] | components["schemas"]["PriceRestatementView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "billing": "Monthly",
                     *       "currency": "USD",
                     *       "from": "2026-12-01T00:00:00Z",
                     *       "market": "US",
                     *       "product": "CFQ7TTC0LH18",
                     *       "said": {
                     *         "erp_price": "7.50",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "price_basis": "price basis",
                     *         "release": "license-us-2026-12-r1",
                     *         "unit_price": "7.50"
                     *       },
                     *       "says": {
                     *         "erp_price": "7.50",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "price_basis": "price basis",
                     *         "release": "license-us-2026-12-r1",
                     *         "unit_price": "7.50"
                     *       },
                     *       "sku": "0001",
                     *       "term": "P1M",
                     *       "tier": "0",
                     *       "to": "2027-01-01T00:00:00Z"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["PriceRestatementView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "price-series": {
        parameters: {
            query: {
                /**
                 * @description ISO 3166; required.
                 * @example US
                 */
                market: string;
                /**
                 * @description Required; in a legacy list the offer id.
                 * @example CFQ7TTC0LH18
                 */
                product: string;
                /**
                 * @description Required; leading zeros may be missing.
                 * @example 0001
                 */
                sku: string;
                /**
                 * @description Required.
                 * @example P1M
                 */
                term: string;
                /**
                 * @description Required.
                 * @example Monthly
                 */
                billing: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Start of the range of valid time: a date or RFC 3339; required.
                 * @example 2026-01-01
                 */
                from: string;
                /**
                 * @description Its end, which is not in it; now when empty.
                 * @example 2027-01-01
                 */
                to?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Steps of each line at most, 10 to 10,000; 500 when empty. Where there are more, the range is cut into equal parts, and each keeps its first and last step, the first without a price, and the lowest and highest price.
                 * @example 500
                 */
                points?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "market": "US",
                     *           "product": "CFQ7TTC0LH18",
                     *           "sku": "0001",
                     *           "steps": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "erp_price": "7.50",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "price_basis": "price basis",
                     *               "release": "license-us-2026-12-r1",
                     *               "unit_price": "7.50"
                     *             }
                     *           ],
                     *           "term": "P1M",
                     *           "tier": "0",
                     *           "whole": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ItemsOfPriceLineView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "lookup-prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The lines: as JSON, or as NDJSON, a line of it each. At most 100,000, and 64 MiB. */
        requestBody: {
            content: {
                /** @example lookup-prices */
                "application/json": string;
                /**
                 * @example {
                 *       "at": "2026-12-05",
                 *       "billing": "Monthly",
                 *       "currency": "USD",
                 *       "known_at": "2026-11-02",
                 *       "market": "US",
                 *       "product": "CFQ7TTC0LH18",
                 *       "sku": "0001",
                 *       "term": "P1M",
                 *       "tier": "0"
                 *     }
                 */
                "application/x-ndjson": components["schemas"]["PriceLookupItem"];
            };
        };
        responses: {
            /** @description The answers, in the order of the lines; as NDJSON where that is accepted, a line each. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "prices": [
                     *             {
                     *               "billing": "Monthly",
                     *               "currency": "USD",
                     *               "description": "description",
                     *               "end_of_sale": "end of sale",
                     *               "erp_price": "7.50",
                     *               "family": "Office 365",
                     *               "in_force": "license-us-2026-12-r1",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "market": "US",
                     *               "price_basis": "term",
                     *               "product": "CFQ7TTC0LH18",
                     *               "product_title": "product title",
                     *               "publisher": "publisher",
                     *               "release": "license-us-2026-12-r1",
                     *               "segment": "Commercial",
                     *               "sku": "0001",
                     *               "sku_title": "sku title",
                     *               "source": {
                     *                 "row": 1,
                     *                 "seq": 1,
                     *                 "stream": "RATES_USD"
                     *               },
                     *               "starts_at": "2026-12-01T00:00:00Z",
                     *               "tags": "tags",
                     *               "term": "P1M",
                     *               "tier": "0",
                     *               "unit": "unit",
                     *               "unit_price": "7.50",
                     *               "valid_from": "2026-12-01T00:00:00Z",
                     *               "valid_to": "2027-01-01T00:00:00Z"
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ItemsOfPriceLookupView"];
                    /**
                     * @example {
                     *       "prices": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "description": "description",
                     *           "end_of_sale": "end of sale",
                     *           "erp_price": "7.50",
                     *           "family": "Office 365",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "market": "US",
                     *           "price_basis": "term",
                     *           "product": "CFQ7TTC0LH18",
                     *           "product_title": "product title",
                     *           "publisher": "publisher",
                     *           "release": "license-us-2026-12-r1",
                     *           "segment": "Commercial",
                     *           "sku": "0001",
                     *           "sku_title": "sku title",
                     *           "source": {
                     *             "row": 1,
                     *             "seq": 1,
                     *             "stream": "RATES_USD"
                     *           },
                     *           "starts_at": "2026-12-01T00:00:00Z",
                     *           "tags": "tags",
                     *           "term": "P1M",
                     *           "tier": "0",
                     *           "unit": "unit",
                     *           "unit_price": "7.50",
                     *           "valid_from": "2026-12-01T00:00:00Z",
                     *           "valid_to": "2027-01-01T00:00:00Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["PriceLookupView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-quarantine": {
        parameters: {
            query?: {
                /**
                 * @description Only this crawl's.
                 * @example sample-usd-20261122T090000Z
                 */
                crawl?: string;
                /**
                 * @description Only this scope's.
                 * @example sample-usd
                 */
                scope?: string;
                /**
                 * @description Only this currency's.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only what was not believed for this reason.
                 * @example disagreement
                 */
                reason?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "crawl": "sample-usd-20261122T090000Z",
                     *           "currency": "USD",
                     *           "detail": "detail",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "meter_id": "00000000-0000-0000-0000-000000000000",
                     *           "raw": "raw",
                     *           "reason": "reason",
                     *           "reservation_term": "",
                     *           "scope": "sample-usd",
                     *           "sku_id": "DZH318Z0BPVW/00QZ",
                     *           "tier": "0",
                     *           "type": "Consumption"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfQuarantinedView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-rates": {
        parameters: {
            query?: {
                /**
                 * @description Price list; retail when empty.
                 * @example retail
                 */
                price_list?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only this meter.
                 * @example 00000000-0000-0000-0000-000000000000
                 */
                meter_id?: string;
                /**
                 * @description Only this SKU.
                 * @example DZH318Z0BPVW/00QZ
                 */
                sku_id?: string;
                /**
                 * @description Only this type.
                 * @example Consumption
                 */
                type?: string;
                /**
                 * @description Only this term; given but empty: rates that are no reservation.
                 * @example 1 Year
                 */
                reservation_term?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this ARM region.
                 * @example westeurope
                 */
                region?: string;
                /**
                 * @description Only this service.
                 * @example Virtual Machines
                 */
                service?: string;
                /**
                 * @description Only what is for Windows, or for Linux, as far as that is known of it.
                 * @example Linux
                 */
                operating_system?: "Windows" | "Linux";
                /**
                 * @description Only what is bought on-demand, spot, low-priority, dev-test, or as a reservation, as far as that is known of it.
                 * @example spot
                 */
                purchase_option?: "on-demand" | "spot" | "low-priority" | "dev-test" | "reservation";
                /**
                 * @description Only what has every one of these words, separated by blanks, in its names or ids, whatever their case.
                 * @example windows e8as
                 */
                words?: string;
                /**
                 * @description Only what is on this watchlist. A page may then hold fewer items than its limit, and have another behind it.
                 * @example what-we-sell
                 */
                watchlist?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    /**
                     * @description Whole seconds since the newest of both, by the server's clock.
                     * @example 3600
                     */
                    Age?: number;
                    /**
                     * @description When the newest crawl of the currency that was taken began; of rates only.
                     * @example 2026-11-05T08:00:00Z
                     */
                    "Pricewire-Newest-Crawl"?: string;
                    /**
                     * @description When the newest change known of the currency, or of the market, became known.
                     * @example 2026-11-05T08:00:00Z
                     */
                    "Pricewire-Newest-Event"?: string;
                    /**
                     * @description Stream and sequence up to which every message is in the answer.
                     * @example RATES_USD@20261105T080000.000000000Z:51234
                     */
                    "Pricewire-Position"?: string;
                    /**
                     * @description Of an answer about now, of one rate or line: memory or clickhouse. Both say the same.
                     * @example memory
                     */
                    "Pricewire-Source"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "arm_sku_name": "arm sku name",
                     *           "block_size": "7.50",
                     *           "currency": "USD",
                     *           "effective_from": "2026-12-01T00:00:00Z",
                     *           "hourly_equivalent": "7.50",
                     *           "included_quantity": "7.50",
                     *           "is_primary_meter_region": "is primary meter region",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "location": "location",
                     *           "meter_id": "00000000-0000-0000-0000-000000000000",
                     *           "meter_name": "meter name",
                     *           "operating_system": "operating system",
                     *           "price": "7.50",
                     *           "price_list": "retail",
                     *           "price_per_unit": "7.50",
                     *           "product_id": "product id",
                     *           "product_name": "product name",
                     *           "purchase_option": "purchase option",
                     *           "region": "westeurope",
                     *           "reservation_term": "",
                     *           "savings_plans": [
                     *             {
                     *               "price": "price",
                     *               "term": "P1M"
                     *             }
                     *           ],
                     *           "service_family": "service family",
                     *           "service_id": "service id",
                     *           "service_name": "Virtual Machines",
                     *           "sku_id": "DZH318Z0BPVW/00QZ",
                     *           "sku_name": "sku name",
                     *           "tier": "7.50",
                     *           "type": "Consumption",
                     *           "unit": "unit",
                     *           "unit_of_measure": "1 Hour",
                     *           "valid_to": "2027-01-01T00:00:00Z"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfRateView"] | components["schemas"]["RateView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "arm_sku_name": "arm sku name",
                     *       "block_size": "7.50",
                     *       "currency": "USD",
                     *       "effective_from": "2026-12-01T00:00:00Z",
                     *       "hourly_equivalent": "7.50",
                     *       "included_quantity": "7.50",
                     *       "is_primary_meter_region": "is primary meter region",
                     *       "known_at": "2026-11-01T00:00:00Z",
                     *       "location": "location",
                     *       "meter_id": "00000000-0000-0000-0000-000000000000",
                     *       "meter_name": "meter name",
                     *       "operating_system": "operating system",
                     *       "price": "7.50",
                     *       "price_list": "retail",
                     *       "price_per_unit": "7.50",
                     *       "product_id": "product id",
                     *       "product_name": "product name",
                     *       "purchase_option": "purchase option",
                     *       "region": "westeurope",
                     *       "reservation_term": "",
                     *       "savings_plans": [
                     *         {
                     *           "price": "price",
                     *           "term": "P1M"
                     *         }
                     *       ],
                     *       "service_family": "service family",
                     *       "service_id": "service id",
                     *       "service_name": "Virtual Machines",
                     *       "sku_id": "DZH318Z0BPVW/00QZ",
                     *       "sku_name": "sku name",
                     *       "tier": "7.50",
                     *       "type": "Consumption",
                     *       "unit": "unit",
                     *       "unit_of_measure": "1 Hour",
                     *       "valid_to": "2027-01-01T00:00:00Z"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["RateView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "diff-rates": {
        parameters: {
            query: {
                /**
                 * @description Price list; retail when empty.
                 * @example retail
                 */
                price_list?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only this meter.
                 * @example 00000000-0000-0000-0000-000000000000
                 */
                meter_id?: string;
                /**
                 * @description Only this SKU.
                 * @example DZH318Z0BPVW/00QZ
                 */
                sku_id?: string;
                /**
                 * @description Only this type.
                 * @example Consumption
                 */
                type?: string;
                /**
                 * @description Only this term; given but empty: rates that are no reservation.
                 * @example 1 Year
                 */
                reservation_term?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this ARM region.
                 * @example westeurope
                 */
                region?: string;
                /**
                 * @description Only this service.
                 * @example Virtual Machines
                 */
                service?: string;
                /**
                 * @description Only what is for Windows, or for Linux, as far as that is known of it.
                 * @example Linux
                 */
                operating_system?: "Windows" | "Linux";
                /**
                 * @description Only what is bought on-demand, spot, low-priority, dev-test, or as a reservation, as far as that is known of it.
                 * @example spot
                 */
                purchase_option?: "on-demand" | "spot" | "low-priority" | "dev-test" | "reservation";
                /**
                 * @description Only what is on this watchlist. A page may then hold fewer items than its limit, and have another behind it.
                 * @example what-we-sell
                 */
                watchlist?: string;
                /**
                 * @description Valid time before: a date or RFC 3339; required.
                 * @example 2026-11-30
                 */
                from: string;
                /**
                 * @description Valid time after; required.
                 * @example 2026-12-01
                 */
                to: string;
                /**
                 * @description Knowledge time before; now when empty.
                 * @example 2026-11-01
                 */
                known_from?: string;
                /**
                 * @description Knowledge time after; now when empty.
                 * @example 2026-11-15
                 */
                known_to?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "after": {
                     *             "arm_sku_name": "arm sku name",
                     *             "block_size": "7.50",
                     *             "currency": "USD",
                     *             "effective_from": "2026-12-01T00:00:00Z",
                     *             "hourly_equivalent": "7.50",
                     *             "included_quantity": "7.50",
                     *             "is_primary_meter_region": "is primary meter region",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "location": "location",
                     *             "meter_id": "00000000-0000-0000-0000-000000000000",
                     *             "meter_name": "meter name",
                     *             "operating_system": "operating system",
                     *             "price": "7.50",
                     *             "price_list": "retail",
                     *             "price_per_unit": "7.50",
                     *             "product_id": "product id",
                     *             "product_name": "product name",
                     *             "purchase_option": "purchase option",
                     *             "region": "westeurope",
                     *             "reservation_term": "",
                     *             "savings_plans": [
                     *               {
                     *                 "price": "price",
                     *                 "term": "P1M"
                     *               }
                     *             ],
                     *             "service_family": "service family",
                     *             "service_id": "service id",
                     *             "service_name": "Virtual Machines",
                     *             "sku_id": "DZH318Z0BPVW/00QZ",
                     *             "sku_name": "sku name",
                     *             "tier": "7.50",
                     *             "type": "Consumption",
                     *             "unit": "unit",
                     *             "unit_of_measure": "1 Hour",
                     *             "valid_to": "2027-01-01T00:00:00Z"
                     *           },
                     *           "before": {
                     *             "arm_sku_name": "arm sku name",
                     *             "block_size": "7.50",
                     *             "currency": "USD",
                     *             "effective_from": "2026-12-01T00:00:00Z",
                     *             "hourly_equivalent": "7.50",
                     *             "included_quantity": "7.50",
                     *             "is_primary_meter_region": "is primary meter region",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "location": "location",
                     *             "meter_id": "00000000-0000-0000-0000-000000000000",
                     *             "meter_name": "meter name",
                     *             "operating_system": "operating system",
                     *             "price": "7.50",
                     *             "price_list": "retail",
                     *             "price_per_unit": "7.50",
                     *             "product_id": "product id",
                     *             "product_name": "product name",
                     *             "purchase_option": "purchase option",
                     *             "region": "westeurope",
                     *             "reservation_term": "",
                     *             "savings_plans": [
                     *               {
                     *                 "price": "price",
                     *                 "term": "P1M"
                     *               }
                     *             ],
                     *             "service_family": "service family",
                     *             "service_id": "service id",
                     *             "service_name": "Virtual Machines",
                     *             "sku_id": "DZH318Z0BPVW/00QZ",
                     *             "sku_name": "sku name",
                     *             "tier": "7.50",
                     *             "type": "Consumption",
                     *             "unit": "unit",
                     *             "unit_of_measure": "1 Hour",
                     *             "valid_to": "2027-01-01T00:00:00Z"
                     *           },
                     *           "change": "added",
                     *           "currency": "USD",
                     *           "meter_id": "00000000-0000-0000-0000-000000000000",
                     *           "price_list": "retail",
                     *           "reservation_term": "",
                     *           "sku_id": "DZH318Z0BPVW/00QZ",
                     *           "tier": "7.50",
                     *           "type": "Consumption"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfRateDifferenceView"] | components["schemas"]["RateDifferenceView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "after": {
                     *         "arm_sku_name": "arm sku name",
                     *         "block_size": "7.50",
                     *         "currency": "USD",
                     *         "effective_from": "2026-12-01T00:00:00Z",
                     *         "hourly_equivalent": "7.50",
                     *         "included_quantity": "7.50",
                     *         "is_primary_meter_region": "is primary meter region",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "location": "location",
                     *         "meter_id": "00000000-0000-0000-0000-000000000000",
                     *         "meter_name": "meter name",
                     *         "operating_system": "operating system",
                     *         "price": "7.50",
                     *         "price_list": "retail",
                     *         "price_per_unit": "7.50",
                     *         "product_id": "product id",
                     *         "product_name": "product name",
                     *         "purchase_option": "purchase option",
                     *         "region": "westeurope",
                     *         "reservation_term": "",
                     *         "savings_plans": [
                     *           {
                     *             "price": "price",
                     *             "term": "P1M"
                     *           }
                     *         ],
                     *         "service_family": "service family",
                     *         "service_id": "service id",
                     *         "service_name": "Virtual Machines",
                     *         "sku_id": "DZH318Z0BPVW/00QZ",
                     *         "sku_name": "sku name",
                     *         "tier": "7.50",
                     *         "type": "Consumption",
                     *         "unit": "unit",
                     *         "unit_of_measure": "1 Hour",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       },
                     *       "before": {
                     *         "arm_sku_name": "arm sku name",
                     *         "block_size": "7.50",
                     *         "currency": "USD",
                     *         "effective_from": "2026-12-01T00:00:00Z",
                     *         "hourly_equivalent": "7.50",
                     *         "included_quantity": "7.50",
                     *         "is_primary_meter_region": "is primary meter region",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "location": "location",
                     *         "meter_id": "00000000-0000-0000-0000-000000000000",
                     *         "meter_name": "meter name",
                     *         "operating_system": "operating system",
                     *         "price": "7.50",
                     *         "price_list": "retail",
                     *         "price_per_unit": "7.50",
                     *         "product_id": "product id",
                     *         "product_name": "product name",
                     *         "purchase_option": "purchase option",
                     *         "region": "westeurope",
                     *         "reservation_term": "",
                     *         "savings_plans": [
                     *           {
                     *             "price": "price",
                     *             "term": "P1M"
                     *           }
                     *         ],
                     *         "service_family": "service family",
                     *         "service_id": "service id",
                     *         "service_name": "Virtual Machines",
                     *         "sku_id": "DZH318Z0BPVW/00QZ",
                     *         "sku_name": "sku name",
                     *         "tier": "7.50",
                     *         "type": "Consumption",
                     *         "unit": "unit",
                     *         "unit_of_measure": "1 Hour",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       },
                     *       "change": "added",
                     *       "currency": "USD",
                     *       "meter_id": "00000000-0000-0000-0000-000000000000",
                     *       "price_list": "retail",
                     *       "reservation_term": "",
                     *       "sku_id": "DZH318Z0BPVW/00QZ",
                     *       "tier": "7.50",
                     *       "type": "Consumption"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["RateDifferenceView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "export-rates": {
        parameters: {
            query?: {
                /**
                 * @description Price list; retail when empty.
                 * @example retail
                 */
                price_list?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only this meter.
                 * @example 00000000-0000-0000-0000-000000000000
                 */
                meter_id?: string;
                /**
                 * @description Only this SKU.
                 * @example DZH318Z0BPVW/00QZ
                 */
                sku_id?: string;
                /**
                 * @description Only this type.
                 * @example Consumption
                 */
                type?: string;
                /**
                 * @description Only this term; given but empty: rates that are no reservation.
                 * @example 1 Year
                 */
                reservation_term?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this ARM region.
                 * @example westeurope
                 */
                region?: string;
                /**
                 * @description Only this service.
                 * @example Virtual Machines
                 */
                service?: string;
                /**
                 * @description Only what is for Windows, or for Linux, as far as that is known of it.
                 * @example Linux
                 */
                operating_system?: "Windows" | "Linux";
                /**
                 * @description Only what is bought on-demand, spot, low-priority, dev-test, or as a reservation, as far as that is known of it.
                 * @example spot
                 */
                purchase_option?: "on-demand" | "spot" | "low-priority" | "dev-test" | "reservation";
                /**
                 * @description Only what is on this watchlist. A page may then hold fewer items than its limit, and have another behind it.
                 * @example what-we-sell
                 */
                watchlist?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description focus: the columns of the FOCUS specification, version 1.2; as pages have them when empty.
                 * @example focus
                 */
                layout?: "focus";
                /**
                 * @description csv (default), xlsx, json, ndjson or parquet.
                 * @example parquet
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    /**
                     * @description What the file is called.
                     * @example attachment; filename=prices-us-2026-12-01.csv
                     */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "arm_sku_name": "arm sku name",
                     *         "block_size": "7.50",
                     *         "currency": "USD",
                     *         "effective_from": "2026-12-01T00:00:00Z",
                     *         "hourly_equivalent": "7.50",
                     *         "included_quantity": "7.50",
                     *         "is_primary_meter_region": "is primary meter region",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "location": "location",
                     *         "meter_id": "00000000-0000-0000-0000-000000000000",
                     *         "meter_name": "meter name",
                     *         "operating_system": "operating system",
                     *         "price": "7.50",
                     *         "price_list": "retail",
                     *         "price_per_unit": "7.50",
                     *         "product_id": "product id",
                     *         "product_name": "product name",
                     *         "purchase_option": "purchase option",
                     *         "region": "westeurope",
                     *         "reservation_term": "",
                     *         "savings_plans": [
                     *           {
                     *             "price": "price",
                     *             "term": "P1M"
                     *           }
                     *         ],
                     *         "service_family": "service family",
                     *         "service_id": "service id",
                     *         "service_name": "Virtual Machines",
                     *         "sku_id": "DZH318Z0BPVW/00QZ",
                     *         "sku_name": "sku name",
                     *         "tier": "7.50",
                     *         "type": "Consumption",
                     *         "unit": "unit",
                     *         "unit_of_measure": "1 Hour",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       }
                     *     ]
                     */
                    "application/json": (components["schemas"]["RateView"] | components["schemas"]["FocusView"])[];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "arm_sku_name": "arm sku name",
                     *       "block_size": "7.50",
                     *       "currency": "USD",
                     *       "effective_from": "2026-12-01T00:00:00Z",
                     *       "hourly_equivalent": "7.50",
                     *       "included_quantity": "7.50",
                     *       "is_primary_meter_region": "is primary meter region",
                     *       "known_at": "2026-11-01T00:00:00Z",
                     *       "location": "location",
                     *       "meter_id": "00000000-0000-0000-0000-000000000000",
                     *       "meter_name": "meter name",
                     *       "operating_system": "operating system",
                     *       "price": "7.50",
                     *       "price_list": "retail",
                     *       "price_per_unit": "7.50",
                     *       "product_id": "product id",
                     *       "product_name": "product name",
                     *       "purchase_option": "purchase option",
                     *       "region": "westeurope",
                     *       "reservation_term": "",
                     *       "savings_plans": [
                     *         {
                     *           "price": "price",
                     *           "term": "P1M"
                     *         }
                     *       ],
                     *       "service_family": "service family",
                     *       "service_id": "service id",
                     *       "service_name": "Virtual Machines",
                     *       "sku_id": "DZH318Z0BPVW/00QZ",
                     *       "sku_name": "sku name",
                     *       "tier": "7.50",
                     *       "type": "Consumption",
                     *       "unit": "unit",
                     *       "unit_of_measure": "1 Hour",
                     *       "valid_to": "2027-01-01T00:00:00Z"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["RateView"] | components["schemas"]["FocusView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "rate-groups": {
        parameters: {
            query?: {
                /**
                 * @description Price list; retail when empty.
                 * @example retail
                 */
                price_list?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only this meter.
                 * @example 00000000-0000-0000-0000-000000000000
                 */
                meter_id?: string;
                /**
                 * @description Only this SKU.
                 * @example DZH318Z0BPVW/00QZ
                 */
                sku_id?: string;
                /**
                 * @description Only this type.
                 * @example Consumption
                 */
                type?: string;
                /**
                 * @description Only this term; given but empty: rates that are no reservation.
                 * @example 1 Year
                 */
                reservation_term?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this ARM region.
                 * @example westeurope
                 */
                region?: string;
                /**
                 * @description Only this service.
                 * @example Virtual Machines
                 */
                service?: string;
                /**
                 * @description Only what is for Windows, or for Linux, as far as that is known of it.
                 * @example Linux
                 */
                operating_system?: "Windows" | "Linux";
                /**
                 * @description Only what is bought on-demand, spot, low-priority, dev-test, or as a reservation, as far as that is known of it.
                 * @example spot
                 */
                purchase_option?: "on-demand" | "spot" | "low-priority" | "dev-test" | "reservation";
                /**
                 * @description Only what has every one of these words, separated by blanks, in its names or ids, whatever their case.
                 * @example windows e8as
                 */
                words?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "rates": 1,
                     *           "region": "westeurope",
                     *           "service_family": "service family",
                     *           "service_name": "Virtual Machines"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ItemsOfRateGroupView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "rate-history": {
        parameters: {
            query: {
                /**
                 * @description retail when empty.
                 * @example retail
                 */
                price_list?: string;
                /**
                 * @description USD when empty.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Required.
                 * @example 00000000-0000-0000-0000-000000000000
                 */
                meter_id: string;
                /**
                 * @description Required.
                 * @example DZH318Z0BPVW/00QZ
                 */
                sku_id: string;
                /**
                 * @description Consumption when empty.
                 * @example Consumption
                 */
                type?: string;
                /**
                 * @description Empty: no reservation.
                 * @example 1 Year
                 */
                reservation_term?: string;
                /**
                 * @description 0 when empty.
                 * @example 0
                 */
                tier?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "changes": [
                     *         {
                     *           "crawl": "sample-usd-20261122T090000Z",
                     *           "effective_from": "2026-12-01T00:00:00Z",
                     *           "effective_to": "2027-01-01T00:00:00Z",
                     *           "flags": "flags",
                     *           "kind": "kind",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "meter_name": "meter name",
                     *           "price": "price",
                     *           "price_before": "price before",
                     *           "product_name": "product name"
                     *         }
                     *       ],
                     *       "periods": [
                     *         {
                     *           "effective_from": "2026-12-01T00:00:00Z",
                     *           "kind": "kind",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "price": "price",
                     *           "valid_from": "2026-12-01T00:00:00Z",
                     *           "valid_to": "2027-01-01T00:00:00Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RateHistoryView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "rate-movers": {
        parameters: {
            query: {
                /**
                 * @description Price list; retail when empty.
                 * @example retail
                 */
                price_list?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only this meter.
                 * @example 00000000-0000-0000-0000-000000000000
                 */
                meter_id?: string;
                /**
                 * @description Only this SKU.
                 * @example DZH318Z0BPVW/00QZ
                 */
                sku_id?: string;
                /**
                 * @description Only this type.
                 * @example Consumption
                 */
                type?: string;
                /**
                 * @description Only this term; given but empty: rates that are no reservation.
                 * @example 1 Year
                 */
                reservation_term?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this ARM region.
                 * @example westeurope
                 */
                region?: string;
                /**
                 * @description Only this service.
                 * @example Virtual Machines
                 */
                service?: string;
                /**
                 * @description Only what is for Windows, or for Linux, as far as that is known of it.
                 * @example Linux
                 */
                operating_system?: "Windows" | "Linux";
                /**
                 * @description Only what is bought on-demand, spot, low-priority, dev-test, or as a reservation, as far as that is known of it.
                 * @example spot
                 */
                purchase_option?: "on-demand" | "spot" | "low-priority" | "dev-test" | "reservation";
                /**
                 * @description Only what is on this watchlist. A page may then hold fewer items than its limit, and have another behind it.
                 * @example what-we-sell
                 */
                watchlist?: string;
                /**
                 * @description Valid time before: a date or RFC 3339; required.
                 * @example 2026-11-30
                 */
                from: string;
                /**
                 * @description Valid time after; required.
                 * @example 2026-12-01
                 */
                to: string;
                /**
                 * @description Knowledge time before; now when empty.
                 * @example 2026-11-01
                 */
                known_from?: string;
                /**
                 * @description Knowledge time after; now when empty.
                 * @example 2026-11-15
                 */
                known_to?: string;
                /**
                 * @description relative (default): by the share of the old price; absolute: by the amount.
                 * @example absolute
                 */
                by?: "relative" | "absolute";
                /**
                 * @description How many, 1 to 1,000; 20 when empty.
                 * @example 20
                 */
                limit?: number;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "after": {
                     *             "arm_sku_name": "arm sku name",
                     *             "block_size": "7.50",
                     *             "currency": "USD",
                     *             "effective_from": "2026-12-01T00:00:00Z",
                     *             "hourly_equivalent": "7.50",
                     *             "included_quantity": "7.50",
                     *             "is_primary_meter_region": "is primary meter region",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "location": "location",
                     *             "meter_id": "00000000-0000-0000-0000-000000000000",
                     *             "meter_name": "meter name",
                     *             "operating_system": "operating system",
                     *             "price": "7.50",
                     *             "price_list": "retail",
                     *             "price_per_unit": "7.50",
                     *             "product_id": "product id",
                     *             "product_name": "product name",
                     *             "purchase_option": "purchase option",
                     *             "region": "westeurope",
                     *             "reservation_term": "",
                     *             "savings_plans": [
                     *               {
                     *                 "price": "price",
                     *                 "term": "P1M"
                     *               }
                     *             ],
                     *             "service_family": "service family",
                     *             "service_id": "service id",
                     *             "service_name": "Virtual Machines",
                     *             "sku_id": "DZH318Z0BPVW/00QZ",
                     *             "sku_name": "sku name",
                     *             "tier": "7.50",
                     *             "type": "Consumption",
                     *             "unit": "unit",
                     *             "unit_of_measure": "1 Hour",
                     *             "valid_to": "2027-01-01T00:00:00Z"
                     *           },
                     *           "amount": "7.50",
                     *           "before": {
                     *             "arm_sku_name": "arm sku name",
                     *             "block_size": "7.50",
                     *             "currency": "USD",
                     *             "effective_from": "2026-12-01T00:00:00Z",
                     *             "hourly_equivalent": "7.50",
                     *             "included_quantity": "7.50",
                     *             "is_primary_meter_region": "is primary meter region",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "location": "location",
                     *             "meter_id": "00000000-0000-0000-0000-000000000000",
                     *             "meter_name": "meter name",
                     *             "operating_system": "operating system",
                     *             "price": "7.50",
                     *             "price_list": "retail",
                     *             "price_per_unit": "7.50",
                     *             "product_id": "product id",
                     *             "product_name": "product name",
                     *             "purchase_option": "purchase option",
                     *             "region": "westeurope",
                     *             "reservation_term": "",
                     *             "savings_plans": [
                     *               {
                     *                 "price": "price",
                     *                 "term": "P1M"
                     *               }
                     *             ],
                     *             "service_family": "service family",
                     *             "service_id": "service id",
                     *             "service_name": "Virtual Machines",
                     *             "sku_id": "DZH318Z0BPVW/00QZ",
                     *             "sku_name": "sku name",
                     *             "tier": "7.50",
                     *             "type": "Consumption",
                     *             "unit": "unit",
                     *             "unit_of_measure": "1 Hour",
                     *             "valid_to": "2027-01-01T00:00:00Z"
                     *           },
                     *           "change": "added",
                     *           "currency": "USD",
                     *           "meter_id": "00000000-0000-0000-0000-000000000000",
                     *           "percent": "7.50",
                     *           "price_list": "retail",
                     *           "reservation_term": "",
                     *           "sku_id": "DZH318Z0BPVW/00QZ",
                     *           "tier": "7.50",
                     *           "type": "Consumption"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfRateMoverView"] | components["schemas"]["RateMoverView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "after": {
                     *         "arm_sku_name": "arm sku name",
                     *         "block_size": "7.50",
                     *         "currency": "USD",
                     *         "effective_from": "2026-12-01T00:00:00Z",
                     *         "hourly_equivalent": "7.50",
                     *         "included_quantity": "7.50",
                     *         "is_primary_meter_region": "is primary meter region",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "location": "location",
                     *         "meter_id": "00000000-0000-0000-0000-000000000000",
                     *         "meter_name": "meter name",
                     *         "operating_system": "operating system",
                     *         "price": "7.50",
                     *         "price_list": "retail",
                     *         "price_per_unit": "7.50",
                     *         "product_id": "product id",
                     *         "product_name": "product name",
                     *         "purchase_option": "purchase option",
                     *         "region": "westeurope",
                     *         "reservation_term": "",
                     *         "savings_plans": [
                     *           {
                     *             "price": "price",
                     *             "term": "P1M"
                     *           }
                     *         ],
                     *         "service_family": "service family",
                     *         "service_id": "service id",
                     *         "service_name": "Virtual Machines",
                     *         "sku_id": "DZH318Z0BPVW/00QZ",
                     *         "sku_name": "sku name",
                     *         "tier": "7.50",
                     *         "type": "Consumption",
                     *         "unit": "unit",
                     *         "unit_of_measure": "1 Hour",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       },
                     *       "amount": "7.50",
                     *       "before": {
                     *         "arm_sku_name": "arm sku name",
                     *         "block_size": "7.50",
                     *         "currency": "USD",
                     *         "effective_from": "2026-12-01T00:00:00Z",
                     *         "hourly_equivalent": "7.50",
                     *         "included_quantity": "7.50",
                     *         "is_primary_meter_region": "is primary meter region",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "location": "location",
                     *         "meter_id": "00000000-0000-0000-0000-000000000000",
                     *         "meter_name": "meter name",
                     *         "operating_system": "operating system",
                     *         "price": "7.50",
                     *         "price_list": "retail",
                     *         "price_per_unit": "7.50",
                     *         "product_id": "product id",
                     *         "product_name": "product name",
                     *         "purchase_option": "purchase option",
                     *         "region": "westeurope",
                     *         "reservation_term": "",
                     *         "savings_plans": [
                     *           {
                     *             "price": "price",
                     *             "term": "P1M"
                     *           }
                     *         ],
                     *         "service_family": "service family",
                     *         "service_id": "service id",
                     *         "service_name": "Virtual Machines",
                     *         "sku_id": "DZH318Z0BPVW/00QZ",
                     *         "sku_name": "sku name",
                     *         "tier": "7.50",
                     *         "type": "Consumption",
                     *         "unit": "unit",
                     *         "unit_of_measure": "1 Hour",
                     *         "valid_to": "2027-01-01T00:00:00Z"
                     *       },
                     *       "change": "added",
                     *       "currency": "USD",
                     *       "meter_id": "00000000-0000-0000-0000-000000000000",
                     *       "percent": "7.50",
                     *       "price_list": "retail",
                     *       "reservation_term": "",
                     *       "sku_id": "DZH318Z0BPVW/00QZ",
                     *       "tier": "7.50",
                     *       "type": "Consumption"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["RateMoverView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "rate-restatements": {
        parameters: {
            query: {
                /**
                 * @description Price list; retail when empty.
                 * @example retail
                 */
                price_list?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Only this meter.
                 * @example 00000000-0000-0000-0000-000000000000
                 */
                meter_id?: string;
                /**
                 * @description Only this SKU.
                 * @example DZH318Z0BPVW/00QZ
                 */
                sku_id?: string;
                /**
                 * @description Only this type.
                 * @example Consumption
                 */
                type?: string;
                /**
                 * @description Only this term; given but empty: rates that are no reservation.
                 * @example 1 Year
                 */
                reservation_term?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Only this ARM region.
                 * @example westeurope
                 */
                region?: string;
                /**
                 * @description Only this service.
                 * @example Virtual Machines
                 */
                service?: string;
                /**
                 * @description Only what is for Windows, or for Linux, as far as that is known of it.
                 * @example Linux
                 */
                operating_system?: "Windows" | "Linux";
                /**
                 * @description Only what is bought on-demand, spot, low-priority, dev-test, or as a reservation, as far as that is known of it.
                 * @example spot
                 */
                purchase_option?: "on-demand" | "spot" | "low-priority" | "dev-test" | "reservation";
                /**
                 * @description Start of the range of valid time: a date or RFC 3339; required.
                 * @example 2026-01-01
                 */
                from: string;
                /**
                 * @description Its end, which is not in it; now when empty.
                 * @example 2027-01-01
                 */
                to?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Knowledge time of what was said; when empty that of each instant itself.
                 * @example 2026-02-01
                 */
                said_at?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "currency": "USD",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "meter_id": "00000000-0000-0000-0000-000000000000",
                     *           "meter_name": "meter name",
                     *           "price_list": "retail",
                     *           "product_name": "product name",
                     *           "region": "westeurope",
                     *           "reservation_term": "",
                     *           "said": {
                     *             "effective_from": "2026-12-01T00:00:00Z",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "price": "7.50"
                     *           },
                     *           "says": {
                     *             "effective_from": "2026-12-01T00:00:00Z",
                     *             "known_at": "2026-11-01T00:00:00Z",
                     *             "price": "7.50"
                     *           },
                     *           "service_name": "Virtual Machines",
                     *           "sku_id": "DZH318Z0BPVW/00QZ",
                     *           "tier": "7.50",
                     *           "to": "2027-01-01T00:00:00Z",
                     *           "type": "Consumption",
                     *           "unit_of_measure": "1 Hour"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfRateRestatementView"] | components["schemas"]["RateRestatementView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "currency": "USD",
                     *       "from": "2026-12-01T00:00:00Z",
                     *       "meter_id": "00000000-0000-0000-0000-000000000000",
                     *       "meter_name": "meter name",
                     *       "price_list": "retail",
                     *       "product_name": "product name",
                     *       "region": "westeurope",
                     *       "reservation_term": "",
                     *       "said": {
                     *         "effective_from": "2026-12-01T00:00:00Z",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "price": "7.50"
                     *       },
                     *       "says": {
                     *         "effective_from": "2026-12-01T00:00:00Z",
                     *         "known_at": "2026-11-01T00:00:00Z",
                     *         "price": "7.50"
                     *       },
                     *       "service_name": "Virtual Machines",
                     *       "sku_id": "DZH318Z0BPVW/00QZ",
                     *       "tier": "7.50",
                     *       "to": "2027-01-01T00:00:00Z",
                     *       "type": "Consumption",
                     *       "unit_of_measure": "1 Hour"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["RateRestatementView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "rate-series": {
        parameters: {
            query: {
                /**
                 * @description retail when empty.
                 * @example retail
                 */
                price_list?: string;
                /**
                 * @description Only this currency.
                 * @example USD
                 */
                currency?: string;
                /**
                 * @description Required.
                 * @example 00000000-0000-0000-0000-000000000000
                 */
                meter_id: string;
                /**
                 * @description Only this SKU.
                 * @example DZH318Z0BPVW/00QZ
                 */
                sku_id?: string;
                /**
                 * @description Only this type.
                 * @example Consumption
                 */
                type?: string;
                /**
                 * @description Only this term; given but empty: rates that are no reservation.
                 * @example 1 Year
                 */
                reservation_term?: string;
                /**
                 * @description Only the tier that begins here.
                 * @example 0
                 */
                tier?: string;
                /**
                 * @description Start of the range of valid time: a date or RFC 3339; required.
                 * @example 2026-01-01
                 */
                from: string;
                /**
                 * @description Its end, which is not in it; now when empty.
                 * @example 2027-01-01
                 */
                to?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Steps of each line at most, 10 to 10,000; 500 when empty. Where there are more, the range is cut into equal parts, and each keeps its first and last step, the first without a price, and the lowest and highest price.
                 * @example 500
                 */
                points?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "currency": "USD",
                     *           "meter_id": "00000000-0000-0000-0000-000000000000",
                     *           "price_list": "retail",
                     *           "reservation_term": "",
                     *           "sku_id": "DZH318Z0BPVW/00QZ",
                     *           "steps": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "effective_from": "2026-12-01T00:00:00Z",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "price": "7.50"
                     *             }
                     *           ],
                     *           "tier": "7.50",
                     *           "type": "Consumption",
                     *           "whole": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ItemsOfRateLineView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "lookup-rates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The lines: as JSON, or as NDJSON, a line of it each. At most 100,000, and 64 MiB. */
        requestBody: {
            content: {
                /** @example lookup-rates */
                "application/json": string;
                /**
                 * @example {
                 *       "at": "2026-01-10",
                 *       "known_at": "2026-01-15",
                 *       "meter_id": "00000000-0000-0000-0000-000000000000",
                 *       "sku_id": "DZH318Z0BPVW/00QZ",
                 *       "tier": "0"
                 *     }
                 */
                "application/x-ndjson": components["schemas"]["RateLookupItem"];
            };
        };
        responses: {
            /** @description The answers, in the order of the lines; as NDJSON where that is accepted, a line each. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "rates": [
                     *             {
                     *               "arm_sku_name": "arm sku name",
                     *               "block_size": "7.50",
                     *               "currency": "USD",
                     *               "effective_from": "2026-12-01T00:00:00Z",
                     *               "hourly_equivalent": "7.50",
                     *               "included_quantity": "7.50",
                     *               "is_primary_meter_region": "is primary meter region",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "location": "location",
                     *               "meter_id": "00000000-0000-0000-0000-000000000000",
                     *               "meter_name": "meter name",
                     *               "operating_system": "operating system",
                     *               "price": "7.50",
                     *               "price_list": "retail",
                     *               "price_per_unit": "7.50",
                     *               "product_id": "product id",
                     *               "product_name": "product name",
                     *               "purchase_option": "purchase option",
                     *               "region": "westeurope",
                     *               "reservation_term": "",
                     *               "row_known_at": "2026-12-01T00:00:00Z",
                     *               "savings_plans": [
                     *                 {
                     *                   "price": "price",
                     *                   "term": "P1M"
                     *                 }
                     *               ],
                     *               "service_family": "service family",
                     *               "service_id": "service id",
                     *               "service_name": "Virtual Machines",
                     *               "sku_id": "DZH318Z0BPVW/00QZ",
                     *               "sku_name": "sku name",
                     *               "source": {
                     *                 "row": 1,
                     *                 "seq": 1,
                     *                 "stream": "RATES_USD"
                     *               },
                     *               "tier": "7.50",
                     *               "type": "Consumption",
                     *               "unit": "unit",
                     *               "unit_of_measure": "1 Hour",
                     *               "valid_to": "2027-01-01T00:00:00Z"
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ItemsOfRateLookupView"];
                    /**
                     * @example {
                     *       "rates": [
                     *         {
                     *           "arm_sku_name": "arm sku name",
                     *           "block_size": "7.50",
                     *           "currency": "USD",
                     *           "effective_from": "2026-12-01T00:00:00Z",
                     *           "hourly_equivalent": "7.50",
                     *           "included_quantity": "7.50",
                     *           "is_primary_meter_region": "is primary meter region",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "location": "location",
                     *           "meter_id": "00000000-0000-0000-0000-000000000000",
                     *           "meter_name": "meter name",
                     *           "operating_system": "operating system",
                     *           "price": "7.50",
                     *           "price_list": "retail",
                     *           "price_per_unit": "7.50",
                     *           "product_id": "product id",
                     *           "product_name": "product name",
                     *           "purchase_option": "purchase option",
                     *           "region": "westeurope",
                     *           "reservation_term": "",
                     *           "row_known_at": "2026-12-01T00:00:00Z",
                     *           "savings_plans": [
                     *             {
                     *               "price": "price",
                     *               "term": "P1M"
                     *             }
                     *           ],
                     *           "service_family": "service family",
                     *           "service_id": "service id",
                     *           "service_name": "Virtual Machines",
                     *           "sku_id": "DZH318Z0BPVW/00QZ",
                     *           "sku_name": "sku name",
                     *           "source": {
                     *             "row": 1,
                     *             "seq": 1,
                     *             "stream": "RATES_USD"
                     *           },
                     *           "tier": "7.50",
                     *           "type": "Consumption",
                     *           "unit": "unit",
                     *           "unit_of_measure": "1 Hour",
                     *           "valid_to": "2027-01-01T00:00:00Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["RateLookupView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-rebuilds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "done": 1,
                     *           "ended": "2027-01-01T00:00:00Z",
                     *           "failure": "failure",
                     *           "id": "audit-3",
                     *           "list": "license",
                     *           "on": "on",
                     *           "phase": "comparing with the stream",
                     *           "started": "2026-12-01T00:00:00Z",
                     *           "state": "waiting",
                     *           "streams": [
                     *             "streams"
                     *           ],
                     *           "tables": [
                     *             "tables"
                     *           ],
                     *           "total": 1
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfRebuildView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    rebuild: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "list": "usage"
                 *     }
                 */
                "application/json": components["schemas"]["RebuildInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "done": 1,
                     *       "ended": "2027-01-01T00:00:00Z",
                     *       "failure": "failure",
                     *       "id": "audit-3",
                     *       "list": "license",
                     *       "on": "on",
                     *       "phase": "comparing with the stream",
                     *       "started": "2026-12-01T00:00:00Z",
                     *       "state": "waiting",
                     *       "streams": [
                     *         "streams"
                     *       ],
                     *       "tables": [
                     *         "tables"
                     *       ],
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["RebuildView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "show-rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Which of the rebuilds: its id.
                 * @example audit-3
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "done": 1,
                     *       "ended": "2027-01-01T00:00:00Z",
                     *       "failure": "failure",
                     *       "id": "audit-3",
                     *       "list": "license",
                     *       "on": "on",
                     *       "phase": "comparing with the stream",
                     *       "started": "2026-12-01T00:00:00Z",
                     *       "state": "waiting",
                     *       "streams": [
                     *         "streams"
                     *       ],
                     *       "tables": [
                     *         "tables"
                     *       ],
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["RebuildView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-rejects": {
        parameters: {
            query?: {
                /**
                 * @description Only this stream's, with its incarnation.
                 * @example PRICES@1
                 */
                stream?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "bytes": "bytes",
                     *           "reason": "reason",
                     *           "seq": 1,
                     *           "stream": "RATES_USD",
                     *           "subject": "pw.rate.usd.>",
                     *           "text": "text"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfRejectView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-releases": {
        parameters: {
            query?: {
                /**
                 * @description Only this list's.
                 * @example license
                 */
                list?: string;
                /**
                 * @description Only this market's; WW where a list has none.
                 * @example US
                 */
                market?: string;
                /**
                 * @description Only this month's.
                 * @example 2026-12
                 */
                month?: string;
                /**
                 * @description Only those in this state.
                 * @example in_review
                 */
                state?: "draft" | "in_review" | "approved" | "publishing" | "published" | "effective" | "superseded" | "rejected" | "withdrawn";
                /**
                 * @description Only those that are prepared together under this name.
                 * @example december-2026
                 */
                set?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "acknowledged": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "rule": "lines-gone"
                     *             }
                     *           ],
                     *           "approved_by": "bob",
                     *           "backfilled": false,
                     *           "baseline": false,
                     *           "checksum": "checksum",
                     *           "content": "content",
                     *           "corrects": "corrects",
                     *           "created_by": "alice",
                     *           "diff": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "effective_at": "2026-12-01T00:00:00Z",
                     *           "follows_publication": false,
                     *           "held": "held",
                     *           "id": "license-us-2026-12-r1",
                     *           "kind": "full",
                     *           "lines": 1,
                     *           "list": "license",
                     *           "market": "US",
                     *           "month": "2026-12",
                     *           "notice": {
                     *             "days": 1,
                     *             "policy": "days:30",
                     *             "reason": "reason",
                     *             "short": false
                     *           },
                     *           "predecessor": "license-us-2026-11-r1",
                     *           "problems": [
                     *             {
                     *               "column": "column",
                     *               "row": 1,
                     *               "rule": "rule",
                     *               "severity": "error",
                     *               "sheet": "sheet",
                     *               "text": "text",
                     *               "value": "value"
                     *             }
                     *           ],
                     *           "publish_at": "2026-11-01T00:00:00Z",
                     *           "published_at": "2026-11-01T00:00:00Z",
                     *           "reason": "reason",
                     *           "retroactive": false,
                     *           "revision": 1,
                     *           "set": "set",
                     *           "state": "draft",
                     *           "submitted_by": "alice",
                     *           "superseded_by": "superseded by",
                     *           "supersedes": "supersedes",
                     *           "withdrawals": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "from": "2026-12-01T00:00:00Z",
                     *               "in_force": "license-us-2026-12-r1",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "lines": 1,
                     *               "n": 1,
                     *               "pending": false,
                     *               "reason": "reason",
                     *               "retroactive": false
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfReleaseView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "create-release": {
        parameters: {
            query: {
                /**
                 * @description license (default), offers, services or documents.
                 * @example license
                 */
                list?: string;
                /**
                 * @description ISO 3166. Not needed where the list has none, which is WW, and where the sheet says it in its own column.
                 * @example US
                 */
                market?: string;
                /**
                 * @description When it takes effect: a date or RFC 3339.
                 * @example 2026-12-01
                 */
                effective: string;
                /**
                 * @description full (default): all lines; delta: only those that change.
                 * @example full
                 */
                kind?: "full" | "delta";
                /**
                 * @description Name of the sheet, for its problems.
                 * @example december.xlsx
                 */
                filename?: string;
                /**
                 * @description Publish earlier than the notice asks for.
                 * @example 2026-10-28T08:00:00Z
                 */
                publish_at?: string;
                /**
                 * @description The list is one of the past: when it was really published. Needs a reason.
                 * @example 2025-10-01T00:00:00Z
                 */
                published?: string;
                /**
                 * @description Why a list of the past is loaded now.
                 * @example history from before day one
                 */
                reason?: string;
                /**
                 * @description Rules of warnings that the author takes responsibility for, separated by commas.
                 * @example lines-gone
                 */
                acknowledge?: string;
            };
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The sheet, told by its bytes: CSV, a workbook, or a zip archive or gzip file of one; documents also YAML. Beside an offer matrix an archive may hold contents.csv, the service plans of bundles; beside a list of documents the files that it names, of at most 50 MiB each. At most 256 MiB, 512 MiB uncompressed. */
        requestBody: {
            content: {
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "application/octet-stream": string;
                "application/zip": string;
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "acknowledged": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "rule": "lines-gone"
                     *         }
                     *       ],
                     *       "approved_by": "bob",
                     *       "backfilled": false,
                     *       "baseline": false,
                     *       "checksum": "checksum",
                     *       "content": "content",
                     *       "corrects": "corrects",
                     *       "created_by": "alice",
                     *       "diff": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "effective_at": "2026-12-01T00:00:00Z",
                     *       "follows_publication": false,
                     *       "held": "held",
                     *       "id": "license-us-2026-12-r1",
                     *       "kind": "full",
                     *       "lines": 1,
                     *       "list": "license",
                     *       "market": "US",
                     *       "month": "2026-12",
                     *       "notice": {
                     *         "days": 1,
                     *         "policy": "days:30",
                     *         "reason": "reason",
                     *         "short": false
                     *       },
                     *       "predecessor": "license-us-2026-11-r1",
                     *       "problems": [
                     *         {
                     *           "column": "column",
                     *           "row": 1,
                     *           "rule": "rule",
                     *           "severity": "error",
                     *           "sheet": "sheet",
                     *           "text": "text",
                     *           "value": "value"
                     *         }
                     *       ],
                     *       "publish_at": "2026-11-01T00:00:00Z",
                     *       "published_at": "2026-11-01T00:00:00Z",
                     *       "reason": "reason",
                     *       "retroactive": false,
                     *       "revision": 1,
                     *       "set": "set",
                     *       "state": "draft",
                     *       "submitted_by": "alice",
                     *       "superseded_by": "superseded by",
                     *       "supersedes": "supersedes",
                     *       "withdrawals": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "lines": 1,
                     *           "n": 1,
                     *           "pending": false,
                     *           "reason": "reason",
                     *           "retroactive": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReleaseView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "show-release": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of what the client has: when it is still so, the answer is 304 without a body.
                 * @example "7"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "acknowledged": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "rule": "lines-gone"
                     *         }
                     *       ],
                     *       "approved_by": "bob",
                     *       "backfilled": false,
                     *       "baseline": false,
                     *       "checksum": "checksum",
                     *       "content": "content",
                     *       "corrects": "corrects",
                     *       "created_by": "alice",
                     *       "diff": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "effective_at": "2026-12-01T00:00:00Z",
                     *       "follows_publication": false,
                     *       "held": "held",
                     *       "id": "license-us-2026-12-r1",
                     *       "kind": "full",
                     *       "lines": 1,
                     *       "list": "license",
                     *       "market": "US",
                     *       "month": "2026-12",
                     *       "notice": {
                     *         "days": 1,
                     *         "policy": "days:30",
                     *         "reason": "reason",
                     *         "short": false
                     *       },
                     *       "predecessor": "license-us-2026-11-r1",
                     *       "problems": [
                     *         {
                     *           "column": "column",
                     *           "row": 1,
                     *           "rule": "rule",
                     *           "severity": "error",
                     *           "sheet": "sheet",
                     *           "text": "text",
                     *           "value": "value"
                     *         }
                     *       ],
                     *       "publish_at": "2026-11-01T00:00:00Z",
                     *       "published_at": "2026-11-01T00:00:00Z",
                     *       "reason": "reason",
                     *       "retroactive": false,
                     *       "revision": 1,
                     *       "set": "set",
                     *       "state": "draft",
                     *       "submitted_by": "alice",
                     *       "superseded_by": "superseded by",
                     *       "supersedes": "supersedes",
                     *       "withdrawals": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "lines": 1,
                     *           "n": 1,
                     *           "pending": false,
                     *           "reason": "reason",
                     *           "retroactive": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReleaseView"];
                };
            };
            /** @description It is as If-None-Match says, and has no body. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "approve-release": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description The ETag of the release as it was read: when it has changed since, the act is a conflict.
                 * @example "7"
                 */
                "If-Match"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "acknowledge": "lines-gone,price-moved",
                 *       "reason": "exchange rates of last month",
                 *       "short_notice": "the list came late"
                 *     }
                 */
                "application/json": components["schemas"]["TransitionBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "acknowledged": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "rule": "lines-gone"
                     *         }
                     *       ],
                     *       "approved_by": "bob",
                     *       "backfilled": false,
                     *       "baseline": false,
                     *       "checksum": "checksum",
                     *       "content": "content",
                     *       "corrects": "corrects",
                     *       "created_by": "alice",
                     *       "diff": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "effective_at": "2026-12-01T00:00:00Z",
                     *       "follows_publication": false,
                     *       "held": "held",
                     *       "id": "license-us-2026-12-r1",
                     *       "kind": "full",
                     *       "lines": 1,
                     *       "list": "license",
                     *       "market": "US",
                     *       "month": "2026-12",
                     *       "notice": {
                     *         "days": 1,
                     *         "policy": "days:30",
                     *         "reason": "reason",
                     *         "short": false
                     *       },
                     *       "predecessor": "license-us-2026-11-r1",
                     *       "problems": [
                     *         {
                     *           "column": "column",
                     *           "row": 1,
                     *           "rule": "rule",
                     *           "severity": "error",
                     *           "sheet": "sheet",
                     *           "text": "text",
                     *           "value": "value"
                     *         }
                     *       ],
                     *       "publish_at": "2026-11-01T00:00:00Z",
                     *       "published_at": "2026-11-01T00:00:00Z",
                     *       "reason": "reason",
                     *       "retroactive": false,
                     *       "revision": 1,
                     *       "set": "set",
                     *       "state": "draft",
                     *       "submitted_by": "alice",
                     *       "superseded_by": "superseded by",
                     *       "supersedes": "supersedes",
                     *       "withdrawals": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "lines": 1,
                     *           "n": 1,
                     *           "pending": false,
                     *           "reason": "reason",
                     *           "retroactive": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReleaseView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "release-changes": {
        parameters: {
            query?: {
                /**
                 * @description Release to compare with, instead of the predecessor.
                 * @example license-us-2026-10-r1
                 */
                against?: string;
            };
            header?: never;
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "against": "license-us-2026-11-r1",
                     *       "lines": {
                     *         "billing": [
                     *           "Monthly"
                     *         ],
                     *         "change": [
                     *           "change"
                     *         ],
                     *         "currency": [
                     *           "USD"
                     *         ],
                     *         "ends_at": [
                     *           "ends at"
                     *         ],
                     *         "erp_after": [
                     *           "erp after"
                     *         ],
                     *         "erp_before": [
                     *           "erp before"
                     *         ],
                     *         "erp_percent": [
                     *           "erp percent"
                     *         ],
                     *         "product": [
                     *           "CFQ7TTC0LH18"
                     *         ],
                     *         "segment": [
                     *           "Commercial"
                     *         ],
                     *         "sku": [
                     *           "0001"
                     *         ],
                     *         "term": [
                     *           "P1M"
                     *         ],
                     *         "tier": [
                     *           "0"
                     *         ],
                     *         "title": [
                     *           "title"
                     *         ],
                     *         "title_before": [
                     *           "title before"
                     *         ],
                     *         "unit_after": [
                     *           "unit after"
                     *         ],
                     *         "unit_before": [
                     *           "unit before"
                     *         ],
                     *         "unit_percent": [
                     *           "unit percent"
                     *         ]
                     *       },
                     *       "planned": false,
                     *       "release": "license-us-2026-12-r1",
                     *       "renamed": 1,
                     *       "summary": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "totals": [
                     *         {
                     *           "added": 1,
                     *           "by": "product",
                     *           "changed": 1,
                     *           "ending": 1,
                     *           "name": "name",
                     *           "price_changed": 1,
                     *           "removed": 1,
                     *           "unchanged": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ChangesView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "correct-release": {
        parameters: {
            query: {
                /**
                 * @description Why; also the reason of its short notice.
                 * @example two prices were of November
                 */
                reason: string;
                /**
                 * @description When it takes effect, where that is later than its publication.
                 * @example 2026-12-10
                 */
                from?: string;
                /**
                 * @description It takes effect when what it mends did.
                 * @example false
                 */
                retroactive?: boolean;
                /**
                 * @description full (default): all lines; delta: only those that change.
                 * @example delta
                 */
                kind?: "full" | "delta";
                /**
                 * @description Name of the sheet, for its problems.
                 * @example fixed.csv
                 */
                filename?: string;
                /**
                 * @description Rules of warnings that the author takes responsibility for, separated by commas.
                 * @example price-moved
                 */
                acknowledge?: string;
            };
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        /** @description The sheet, told by its bytes: CSV, a workbook, or a zip archive or gzip file of one; documents also YAML. Beside an offer matrix an archive may hold contents.csv, the service plans of bundles; beside a list of documents the files that it names, of at most 50 MiB each. At most 256 MiB, 512 MiB uncompressed. */
        requestBody: {
            content: {
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "application/octet-stream": string;
                "application/zip": string;
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "acknowledged": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "rule": "lines-gone"
                     *         }
                     *       ],
                     *       "approved_by": "bob",
                     *       "backfilled": false,
                     *       "baseline": false,
                     *       "checksum": "checksum",
                     *       "content": "content",
                     *       "corrects": "corrects",
                     *       "created_by": "alice",
                     *       "diff": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "effective_at": "2026-12-01T00:00:00Z",
                     *       "follows_publication": false,
                     *       "held": "held",
                     *       "id": "license-us-2026-12-r1",
                     *       "kind": "full",
                     *       "lines": 1,
                     *       "list": "license",
                     *       "market": "US",
                     *       "month": "2026-12",
                     *       "notice": {
                     *         "days": 1,
                     *         "policy": "days:30",
                     *         "reason": "reason",
                     *         "short": false
                     *       },
                     *       "predecessor": "license-us-2026-11-r1",
                     *       "problems": [
                     *         {
                     *           "column": "column",
                     *           "row": 1,
                     *           "rule": "rule",
                     *           "severity": "error",
                     *           "sheet": "sheet",
                     *           "text": "text",
                     *           "value": "value"
                     *         }
                     *       ],
                     *       "publish_at": "2026-11-01T00:00:00Z",
                     *       "published_at": "2026-11-01T00:00:00Z",
                     *       "reason": "reason",
                     *       "retroactive": false,
                     *       "revision": 1,
                     *       "set": "set",
                     *       "state": "draft",
                     *       "submitted_by": "alice",
                     *       "superseded_by": "superseded by",
                     *       "supersedes": "supersedes",
                     *       "withdrawals": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "lines": 1,
                     *           "n": 1,
                     *           "pending": false,
                     *           "reason": "reason",
                     *           "retroactive": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReleaseView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "diff-release": {
        parameters: {
            query?: {
                /**
                 * @description Release to compare with, instead of the predecessor.
                 * @example license-us-2026-10-r1
                 */
                against?: string;
                /**
                 * @description Only lines of this change kind: added, price_changed, changed, ending or removed.
                 * @example price_changed
                 */
                change?: "added" | "price_changed" | "changed" | "ending" | "removed";
                /**
                 * @description Only lines of this product.
                 * @example CFQ7TTC0LH18
                 */
                product?: string;
                /**
                 * @description Only lines of this segment.
                 * @example Commercial
                 */
                segment?: string;
                /**
                 * @description move: the lines whose price moves by the largest percentage first; in order of identities when empty.
                 * @example move
                 */
                by?: "move";
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "against": "license-us-2026-11-r1",
                     *       "items": [
                     *         {
                     *           "after": {
                     *             "title": "title"
                     *           },
                     *           "before": {
                     *             "title": "title"
                     *           },
                     *           "change": "added",
                     *           "key": "CFQ7TTC0LH18/0001"
                     *         }
                     *       ],
                     *       "lines": [
                     *         {
                     *           "after": {
                     *             "description": "description",
                     *             "end_of_sale": "end of sale",
                     *             "ends_at": "2026-12-01T00:00:00Z",
                     *             "erp_price": "erp price",
                     *             "price_basis": "term",
                     *             "product_title": "product title",
                     *             "publisher": "publisher",
                     *             "segment": "Commercial",
                     *             "sku_title": "sku title",
                     *             "starts_at": "2026-12-01T00:00:00Z",
                     *             "tags": "tags",
                     *             "unit": "unit",
                     *             "unit_price": "unit price"
                     *           },
                     *           "before": {
                     *             "description": "description",
                     *             "end_of_sale": "end of sale",
                     *             "ends_at": "2026-12-01T00:00:00Z",
                     *             "erp_price": "erp price",
                     *             "price_basis": "term",
                     *             "product_title": "product title",
                     *             "publisher": "publisher",
                     *             "segment": "Commercial",
                     *             "sku_title": "sku title",
                     *             "starts_at": "2026-12-01T00:00:00Z",
                     *             "tags": "tags",
                     *             "unit": "unit",
                     *             "unit_price": "unit price"
                     *           },
                     *           "change": "added",
                     *           "identity": {
                     *             "billing": "Monthly",
                     *             "currency": "USD",
                     *             "market": "US",
                     *             "product": "CFQ7TTC0LH18",
                     *             "sku": "0001",
                     *             "term": "P1M",
                     *             "tier": "0"
                     *           },
                     *           "move": {
                     *             "erp_amount": "7.50",
                     *             "erp_percent": "7.50",
                     *             "unit_amount": "7.50",
                     *             "unit_percent": "7.50"
                     *           },
                     *           "renamed": false
                     *         }
                     *       ],
                     *       "planned": false,
                     *       "release": "license-us-2026-12-r1",
                     *       "renamed": 1,
                     *       "summary": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "totals": [
                     *         {
                     *           "added": 1,
                     *           "by": "product",
                     *           "changed": 1,
                     *           "ending": 1,
                     *           "name": "name",
                     *           "price_changed": 1,
                     *           "removed": 1,
                     *           "unchanged": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DiffView"] | (components["schemas"]["DifferenceView"] | components["schemas"]["ItemDifferenceView"])[];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "after": {
                     *         "description": "description",
                     *         "end_of_sale": "end of sale",
                     *         "ends_at": "2026-12-01T00:00:00Z",
                     *         "erp_price": "erp price",
                     *         "price_basis": "term",
                     *         "product_title": "product title",
                     *         "publisher": "publisher",
                     *         "segment": "Commercial",
                     *         "sku_title": "sku title",
                     *         "starts_at": "2026-12-01T00:00:00Z",
                     *         "tags": "tags",
                     *         "unit": "unit",
                     *         "unit_price": "unit price"
                     *       },
                     *       "before": {
                     *         "description": "description",
                     *         "end_of_sale": "end of sale",
                     *         "ends_at": "2026-12-01T00:00:00Z",
                     *         "erp_price": "erp price",
                     *         "price_basis": "term",
                     *         "product_title": "product title",
                     *         "publisher": "publisher",
                     *         "segment": "Commercial",
                     *         "sku_title": "sku title",
                     *         "starts_at": "2026-12-01T00:00:00Z",
                     *         "tags": "tags",
                     *         "unit": "unit",
                     *         "unit_price": "unit price"
                     *       },
                     *       "change": "added",
                     *       "identity": {
                     *         "billing": "Monthly",
                     *         "currency": "USD",
                     *         "market": "US",
                     *         "product": "CFQ7TTC0LH18",
                     *         "sku": "0001",
                     *         "term": "P1M",
                     *         "tier": "0"
                     *       },
                     *       "move": {
                     *         "erp_amount": "7.50",
                     *         "erp_percent": "7.50",
                     *         "unit_amount": "7.50",
                     *         "unit_percent": "7.50"
                     *       },
                     *       "renamed": false
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["DifferenceView"] | components["schemas"]["ItemDifferenceView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "export-release": {
        parameters: {
            query?: {
                /**
                 * @description Only what changes against the release before, as Partner Center previews it: new, changed and ending lines, with previous values and the dates on which sales end.
                 * @example false
                 */
                preview?: boolean;
                /**
                 * @description csv (default), xlsx, json, ndjson or parquet; documents also yaml.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet" | "yaml";
            };
            header?: never;
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    /**
                     * @description What the file is called.
                     * @example attachment; filename=prices-us-2026-12-01.csv
                     */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {}
                     *     ]
                     */
                    "application/json": Record<string, never>[];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /** @example {} */
                    "application/x-ndjson": Record<string, never>;
                    "application/yaml": string;
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "log-release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "reason": "reason",
                     *           "what": "what",
                     *           "who": "alice"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfLogEntryView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "reject-release": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description The ETag of the release as it was read: when it has changed since, the act is a conflict.
                 * @example "7"
                 */
                "If-Match"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "acknowledge": "lines-gone,price-moved",
                 *       "reason": "exchange rates of last month",
                 *       "short_notice": "the list came late"
                 *     }
                 */
                "application/json": components["schemas"]["TransitionBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "acknowledged": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "rule": "lines-gone"
                     *         }
                     *       ],
                     *       "approved_by": "bob",
                     *       "backfilled": false,
                     *       "baseline": false,
                     *       "checksum": "checksum",
                     *       "content": "content",
                     *       "corrects": "corrects",
                     *       "created_by": "alice",
                     *       "diff": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "effective_at": "2026-12-01T00:00:00Z",
                     *       "follows_publication": false,
                     *       "held": "held",
                     *       "id": "license-us-2026-12-r1",
                     *       "kind": "full",
                     *       "lines": 1,
                     *       "list": "license",
                     *       "market": "US",
                     *       "month": "2026-12",
                     *       "notice": {
                     *         "days": 1,
                     *         "policy": "days:30",
                     *         "reason": "reason",
                     *         "short": false
                     *       },
                     *       "predecessor": "license-us-2026-11-r1",
                     *       "problems": [
                     *         {
                     *           "column": "column",
                     *           "row": 1,
                     *           "rule": "rule",
                     *           "severity": "error",
                     *           "sheet": "sheet",
                     *           "text": "text",
                     *           "value": "value"
                     *         }
                     *       ],
                     *       "publish_at": "2026-11-01T00:00:00Z",
                     *       "published_at": "2026-11-01T00:00:00Z",
                     *       "reason": "reason",
                     *       "retroactive": false,
                     *       "revision": 1,
                     *       "set": "set",
                     *       "state": "draft",
                     *       "submitted_by": "alice",
                     *       "superseded_by": "superseded by",
                     *       "supersedes": "supersedes",
                     *       "withdrawals": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "lines": 1,
                     *           "n": 1,
                     *           "pending": false,
                     *           "reason": "reason",
                     *           "retroactive": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReleaseView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "submit-release": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description The ETag of the release as it was read: when it has changed since, the act is a conflict.
                 * @example "7"
                 */
                "If-Match"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "acknowledge": "lines-gone,price-moved",
                 *       "reason": "exchange rates of last month",
                 *       "short_notice": "the list came late"
                 *     }
                 */
                "application/json": components["schemas"]["TransitionBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "acknowledged": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "rule": "lines-gone"
                     *         }
                     *       ],
                     *       "approved_by": "bob",
                     *       "backfilled": false,
                     *       "baseline": false,
                     *       "checksum": "checksum",
                     *       "content": "content",
                     *       "corrects": "corrects",
                     *       "created_by": "alice",
                     *       "diff": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "effective_at": "2026-12-01T00:00:00Z",
                     *       "follows_publication": false,
                     *       "held": "held",
                     *       "id": "license-us-2026-12-r1",
                     *       "kind": "full",
                     *       "lines": 1,
                     *       "list": "license",
                     *       "market": "US",
                     *       "month": "2026-12",
                     *       "notice": {
                     *         "days": 1,
                     *         "policy": "days:30",
                     *         "reason": "reason",
                     *         "short": false
                     *       },
                     *       "predecessor": "license-us-2026-11-r1",
                     *       "problems": [
                     *         {
                     *           "column": "column",
                     *           "row": 1,
                     *           "rule": "rule",
                     *           "severity": "error",
                     *           "sheet": "sheet",
                     *           "text": "text",
                     *           "value": "value"
                     *         }
                     *       ],
                     *       "publish_at": "2026-11-01T00:00:00Z",
                     *       "published_at": "2026-11-01T00:00:00Z",
                     *       "reason": "reason",
                     *       "retroactive": false,
                     *       "revision": 1,
                     *       "set": "set",
                     *       "state": "draft",
                     *       "submitted_by": "alice",
                     *       "superseded_by": "superseded by",
                     *       "supersedes": "supersedes",
                     *       "withdrawals": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "lines": 1,
                     *           "n": 1,
                     *           "pending": false,
                     *           "reason": "reason",
                     *           "retroactive": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReleaseView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "withdraw-release": {
        parameters: {
            query: {
                /**
                 * @description Why.
                 * @example published by mistake
                 */
                reason: string;
                /**
                 * @description From the effective instant on, even when that has passed; otherwise from now on, or from the effective instant if that is later.
                 * @example false
                 */
                retroactive?: boolean;
                /**
                 * @description Name of the file that chooses lines, for its problems.
                 * @example wrong.csv
                 */
                filename?: string;
            };
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description The ETag of the release as it was read: when it has changed since, the act is a conflict.
                 * @example "7"
                 */
                "If-Match"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the releases: its id.
                 * @example license-us-2026-12-r1
                 */
                id: string;
            };
            cookie?: never;
        };
        /** @description Which lines: CSV whose header names parts of identities, such as ProductId and SkuId, where what a row leaves empty matches everything; in lists without prices a sheet of the list, or CSV with a column key. At most 16 MiB. At most 256 MiB, 512 MiB uncompressed. */
        requestBody?: {
            content: {
                /**
                 * @example ProductId,SkuId
                 *     CFQ7TTC0LH18,0001
                 */
                "application/octet-stream": string;
                "application/zip": string;
                /**
                 * @example ProductId,SkuId
                 *     CFQ7TTC0LH18,0001
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "acknowledged": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "rule": "lines-gone"
                     *         }
                     *       ],
                     *       "approved_by": "bob",
                     *       "backfilled": false,
                     *       "baseline": false,
                     *       "checksum": "checksum",
                     *       "content": "content",
                     *       "corrects": "corrects",
                     *       "created_by": "alice",
                     *       "diff": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "effective_at": "2026-12-01T00:00:00Z",
                     *       "follows_publication": false,
                     *       "held": "held",
                     *       "id": "license-us-2026-12-r1",
                     *       "kind": "full",
                     *       "lines": 1,
                     *       "list": "license",
                     *       "market": "US",
                     *       "month": "2026-12",
                     *       "notice": {
                     *         "days": 1,
                     *         "policy": "days:30",
                     *         "reason": "reason",
                     *         "short": false
                     *       },
                     *       "predecessor": "license-us-2026-11-r1",
                     *       "problems": [
                     *         {
                     *           "column": "column",
                     *           "row": 1,
                     *           "rule": "rule",
                     *           "severity": "error",
                     *           "sheet": "sheet",
                     *           "text": "text",
                     *           "value": "value"
                     *         }
                     *       ],
                     *       "publish_at": "2026-11-01T00:00:00Z",
                     *       "published_at": "2026-11-01T00:00:00Z",
                     *       "reason": "reason",
                     *       "retroactive": false,
                     *       "revision": 1,
                     *       "set": "set",
                     *       "state": "draft",
                     *       "submitted_by": "alice",
                     *       "superseded_by": "superseded by",
                     *       "supersedes": "supersedes",
                     *       "withdrawals": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "by": "by",
                     *           "from": "2026-12-01T00:00:00Z",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "lines": 1,
                     *           "n": 1,
                     *           "pending": false,
                     *           "reason": "reason",
                     *           "retroactive": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReleaseView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "lint-release": {
        parameters: {
            query?: {
                /**
                 * @description license (default), offers, services or documents.
                 * @example license
                 */
                list?: string;
                /**
                 * @description ISO 3166. Not needed where the list has none, which is WW, and where the sheet says it in its own column.
                 * @example US
                 */
                market?: string;
                /**
                 * @description When it takes effect: a date or RFC 3339.
                 * @example 2026-12-01
                 */
                effective?: string;
                /**
                 * @description full (default): all lines; delta: only those that change.
                 * @example full
                 */
                kind?: "full" | "delta";
                /**
                 * @description Name of the sheet, for its problems.
                 * @example december.xlsx
                 */
                filename?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The sheet, told by its bytes: CSV, a workbook, or a zip archive or gzip file of one; documents also YAML. Beside an offer matrix an archive may hold contents.csv, the service plans of bundles; beside a list of documents the files that it names, of at most 50 MiB each. At most 256 MiB, 512 MiB uncompressed. */
        requestBody: {
            content: {
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "application/octet-stream": string;
                "application/zip": string;
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "diff": {
                     *         "added": 1,
                     *         "changed": 1,
                     *         "ending": 1,
                     *         "price_changed": 1,
                     *         "removed": 1,
                     *         "unchanged": 1
                     *       },
                     *       "errors": 1,
                     *       "lines": 1,
                     *       "notes": 1,
                     *       "predecessor": "license-us-2026-11-r1",
                     *       "problems": [
                     *         {
                     *           "column": "column",
                     *           "row": 1,
                     *           "rule": "rule",
                     *           "severity": "error",
                     *           "sheet": "sheet",
                     *           "text": "text",
                     *           "value": "value"
                     *         }
                     *       ],
                     *       "warnings": 1
                     *     }
                     */
                    "application/json": components["schemas"]["LintView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-services": {
        parameters: {
            query?: {
                /**
                 * @description Only this market's list, WW for those of none; all when empty.
                 * @example WW
                 */
                market?: string;
                /**
                 * @description Only the item of this key.
                 * @example CFQ7TTC0LH18/0001
                 */
                key?: string;
                /**
                 * @description Valid time: a date or RFC 3339; now when empty.
                 * @example 2026-12-05
                 */
                at?: string;
                /**
                 * @description Knowledge time: what was believed then; now when empty.
                 * @example 2026-11-02T00:00:00Z
                 */
                known_at?: string;
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "category": "category",
                     *           "in_force": "license-us-2026-12-r1",
                     *           "key": "CFQ7TTC0LH18/0001",
                     *           "known_at": "2026-11-01T00:00:00Z",
                     *           "market": "US",
                     *           "publisher": "publisher",
                     *           "release": "license-us-2026-12-r1",
                     *           "service": "service",
                     *           "subcategory": "subcategory",
                     *           "usage_names": "usage names",
                     *           "valid_from": "2026-12-01T00:00:00Z",
                     *           "valid_to": "2027-01-01T00:00:00Z"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": {
                        items: {
                            /** @description Column Category; empty where the item says nothing. */
                            category?: string;
                            /** @description The release in force. */
                            in_force?: string;
                            /** @description What tells the item from the others. */
                            key?: string;
                            /**
                             * Format: date-time
                             * @description When the answer became known.
                             */
                            known_at?: string;
                            /** @description WW where the list has none. */
                            market?: string;
                            /** @description Column Publisher; empty where the item says nothing. */
                            publisher?: string;
                            /** @description The release whose item it is. */
                            release?: string;
                            /** @description Column Service; empty where the item says nothing. */
                            service?: string;
                            /** @description Column Subcategory; empty where the item says nothing. */
                            subcategory?: string;
                            /** @description Column Usage Names; empty where the item says nothing. */
                            usage_names?: string;
                            /**
                             * Format: date-time
                             * @description Since when the answer holds; null: always.
                             */
                            valid_from?: string | null;
                            /**
                             * Format: date-time
                             * @description When the answer ends, as known; null: open.
                             */
                            valid_to?: string | null;
                        }[];
                        /** @description Cursor of the next page; null on the last. */
                        next: string | null;
                    } | {
                        /** @description Column Category; empty where the item says nothing. */
                        category?: string;
                        /** @description The release in force. */
                        in_force?: string;
                        /** @description What tells the item from the others. */
                        key?: string;
                        /**
                         * Format: date-time
                         * @description When the answer became known.
                         */
                        known_at?: string;
                        /** @description WW where the list has none. */
                        market?: string;
                        /** @description Column Publisher; empty where the item says nothing. */
                        publisher?: string;
                        /** @description The release whose item it is. */
                        release?: string;
                        /** @description Column Service; empty where the item says nothing. */
                        service?: string;
                        /** @description Column Subcategory; empty where the item says nothing. */
                        subcategory?: string;
                        /** @description Column Usage Names; empty where the item says nothing. */
                        usage_names?: string;
                        /**
                         * Format: date-time
                         * @description Since when the answer holds; null: always.
                         */
                        valid_from?: string | null;
                        /**
                         * Format: date-time
                         * @description When the answer ends, as known; null: open.
                         */
                        valid_to?: string | null;
                    }[];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "category": "category",
                     *       "in_force": "license-us-2026-12-r1",
                     *       "key": "CFQ7TTC0LH18/0001",
                     *       "known_at": "2026-11-01T00:00:00Z",
                     *       "market": "US",
                     *       "publisher": "publisher",
                     *       "release": "license-us-2026-12-r1",
                     *       "service": "service",
                     *       "subcategory": "subcategory",
                     *       "usage_names": "usage names",
                     *       "valid_from": "2026-12-01T00:00:00Z",
                     *       "valid_to": "2027-01-01T00:00:00Z"
                     *     }
                     */
                    "application/x-ndjson": {
                        /** @description Column Category; empty where the item says nothing. */
                        category?: string;
                        /** @description The release in force. */
                        in_force?: string;
                        /** @description What tells the item from the others. */
                        key?: string;
                        /**
                         * Format: date-time
                         * @description When the answer became known.
                         */
                        known_at?: string;
                        /** @description WW where the list has none. */
                        market?: string;
                        /** @description Column Publisher; empty where the item says nothing. */
                        publisher?: string;
                        /** @description The release whose item it is. */
                        release?: string;
                        /** @description Column Service; empty where the item says nothing. */
                        service?: string;
                        /** @description Column Subcategory; empty where the item says nothing. */
                        subcategory?: string;
                        /** @description Column Usage Names; empty where the item says nothing. */
                        usage_names?: string;
                        /**
                         * Format: date-time
                         * @description Since when the answer holds; null: always.
                         */
                        valid_from?: string | null;
                        /**
                         * Format: date-time
                         * @description When the answer ends, as known; null: open.
                         */
                        valid_to?: string | null;
                    };
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "show-set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Up to 40 of a-z, 0-9 and hyphens.
                 * @example december-2026
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "december-2026",
                     *       "releases": [
                     *         {
                     *           "acknowledged": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "rule": "lines-gone"
                     *             }
                     *           ],
                     *           "approved_by": "bob",
                     *           "backfilled": false,
                     *           "baseline": false,
                     *           "checksum": "checksum",
                     *           "content": "content",
                     *           "corrects": "corrects",
                     *           "created_by": "alice",
                     *           "diff": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "effective_at": "2026-12-01T00:00:00Z",
                     *           "follows_publication": false,
                     *           "held": "held",
                     *           "id": "license-us-2026-12-r1",
                     *           "kind": "full",
                     *           "lines": 1,
                     *           "list": "license",
                     *           "market": "US",
                     *           "month": "2026-12",
                     *           "notice": {
                     *             "days": 1,
                     *             "policy": "days:30",
                     *             "reason": "reason",
                     *             "short": false
                     *           },
                     *           "predecessor": "license-us-2026-11-r1",
                     *           "problems": [
                     *             {
                     *               "column": "column",
                     *               "row": 1,
                     *               "rule": "rule",
                     *               "severity": "error",
                     *               "sheet": "sheet",
                     *               "text": "text",
                     *               "value": "value"
                     *             }
                     *           ],
                     *           "publish_at": "2026-11-01T00:00:00Z",
                     *           "published_at": "2026-11-01T00:00:00Z",
                     *           "reason": "reason",
                     *           "retroactive": false,
                     *           "revision": 1,
                     *           "set": "set",
                     *           "state": "draft",
                     *           "submitted_by": "alice",
                     *           "superseded_by": "superseded by",
                     *           "supersedes": "supersedes",
                     *           "withdrawals": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "from": "2026-12-01T00:00:00Z",
                     *               "in_force": "license-us-2026-12-r1",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "lines": 1,
                     *               "n": 1,
                     *               "pending": false,
                     *               "reason": "reason",
                     *               "retroactive": false
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SetView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "create-set": {
        parameters: {
            query: {
                /**
                 * @description license (default), offers or services.
                 * @example license
                 */
                list?: string;
                /**
                 * @description When all of it takes effect: a date or RFC 3339.
                 * @example 2026-12-01
                 */
                effective: string;
                /**
                 * @description full (default): all lines; delta: only those that change.
                 * @example full
                 */
                kind?: "full" | "delta";
                /**
                 * @description Rules of warnings that the author takes responsibility for, separated by commas.
                 * @example lines-gone
                 */
                acknowledge?: string;
            };
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Up to 40 of a-z, 0-9 and hyphens.
                 * @example december-2026
                 */
                name: string;
            };
            cookie?: never;
        };
        /** @description A zip archive of sheets, one market each. A sheet says its market in its own column; one without says it in its name, as two capitals: pricelist-DE.xlsx. At most 500 sheets. At most 256 MiB, 512 MiB uncompressed. */
        requestBody: {
            content: {
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "application/octet-stream": string;
                "application/zip": string;
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "december-2026",
                     *       "releases": [
                     *         {
                     *           "acknowledged": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "rule": "lines-gone"
                     *             }
                     *           ],
                     *           "approved_by": "bob",
                     *           "backfilled": false,
                     *           "baseline": false,
                     *           "checksum": "checksum",
                     *           "content": "content",
                     *           "corrects": "corrects",
                     *           "created_by": "alice",
                     *           "diff": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "effective_at": "2026-12-01T00:00:00Z",
                     *           "follows_publication": false,
                     *           "held": "held",
                     *           "id": "license-us-2026-12-r1",
                     *           "kind": "full",
                     *           "lines": 1,
                     *           "list": "license",
                     *           "market": "US",
                     *           "month": "2026-12",
                     *           "notice": {
                     *             "days": 1,
                     *             "policy": "days:30",
                     *             "reason": "reason",
                     *             "short": false
                     *           },
                     *           "predecessor": "license-us-2026-11-r1",
                     *           "problems": [
                     *             {
                     *               "column": "column",
                     *               "row": 1,
                     *               "rule": "rule",
                     *               "severity": "error",
                     *               "sheet": "sheet",
                     *               "text": "text",
                     *               "value": "value"
                     *             }
                     *           ],
                     *           "publish_at": "2026-11-01T00:00:00Z",
                     *           "published_at": "2026-11-01T00:00:00Z",
                     *           "reason": "reason",
                     *           "retroactive": false,
                     *           "revision": 1,
                     *           "set": "set",
                     *           "state": "draft",
                     *           "submitted_by": "alice",
                     *           "superseded_by": "superseded by",
                     *           "supersedes": "supersedes",
                     *           "withdrawals": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "from": "2026-12-01T00:00:00Z",
                     *               "in_force": "license-us-2026-12-r1",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "lines": 1,
                     *               "n": 1,
                     *               "pending": false,
                     *               "reason": "reason",
                     *               "retroactive": false
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SetView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "approve-set": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the sets: its name.
                 * @example december-2026
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "acknowledge": "lines-gone,price-moved",
                 *       "reason": "exchange rates of last month",
                 *       "short_notice": "the list came late"
                 *     }
                 */
                "application/json": components["schemas"]["TransitionBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "december-2026",
                     *       "releases": [
                     *         {
                     *           "acknowledged": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "rule": "lines-gone"
                     *             }
                     *           ],
                     *           "approved_by": "bob",
                     *           "backfilled": false,
                     *           "baseline": false,
                     *           "checksum": "checksum",
                     *           "content": "content",
                     *           "corrects": "corrects",
                     *           "created_by": "alice",
                     *           "diff": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "effective_at": "2026-12-01T00:00:00Z",
                     *           "follows_publication": false,
                     *           "held": "held",
                     *           "id": "license-us-2026-12-r1",
                     *           "kind": "full",
                     *           "lines": 1,
                     *           "list": "license",
                     *           "market": "US",
                     *           "month": "2026-12",
                     *           "notice": {
                     *             "days": 1,
                     *             "policy": "days:30",
                     *             "reason": "reason",
                     *             "short": false
                     *           },
                     *           "predecessor": "license-us-2026-11-r1",
                     *           "problems": [
                     *             {
                     *               "column": "column",
                     *               "row": 1,
                     *               "rule": "rule",
                     *               "severity": "error",
                     *               "sheet": "sheet",
                     *               "text": "text",
                     *               "value": "value"
                     *             }
                     *           ],
                     *           "publish_at": "2026-11-01T00:00:00Z",
                     *           "published_at": "2026-11-01T00:00:00Z",
                     *           "reason": "reason",
                     *           "retroactive": false,
                     *           "revision": 1,
                     *           "set": "set",
                     *           "state": "draft",
                     *           "submitted_by": "alice",
                     *           "superseded_by": "superseded by",
                     *           "supersedes": "supersedes",
                     *           "withdrawals": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "from": "2026-12-01T00:00:00Z",
                     *               "in_force": "license-us-2026-12-r1",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "lines": 1,
                     *               "n": 1,
                     *               "pending": false,
                     *               "reason": "reason",
                     *               "retroactive": false
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SetView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "reject-set": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the sets: its name.
                 * @example december-2026
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "acknowledge": "lines-gone,price-moved",
                 *       "reason": "exchange rates of last month",
                 *       "short_notice": "the list came late"
                 *     }
                 */
                "application/json": components["schemas"]["TransitionBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "december-2026",
                     *       "releases": [
                     *         {
                     *           "acknowledged": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "rule": "lines-gone"
                     *             }
                     *           ],
                     *           "approved_by": "bob",
                     *           "backfilled": false,
                     *           "baseline": false,
                     *           "checksum": "checksum",
                     *           "content": "content",
                     *           "corrects": "corrects",
                     *           "created_by": "alice",
                     *           "diff": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "effective_at": "2026-12-01T00:00:00Z",
                     *           "follows_publication": false,
                     *           "held": "held",
                     *           "id": "license-us-2026-12-r1",
                     *           "kind": "full",
                     *           "lines": 1,
                     *           "list": "license",
                     *           "market": "US",
                     *           "month": "2026-12",
                     *           "notice": {
                     *             "days": 1,
                     *             "policy": "days:30",
                     *             "reason": "reason",
                     *             "short": false
                     *           },
                     *           "predecessor": "license-us-2026-11-r1",
                     *           "problems": [
                     *             {
                     *               "column": "column",
                     *               "row": 1,
                     *               "rule": "rule",
                     *               "severity": "error",
                     *               "sheet": "sheet",
                     *               "text": "text",
                     *               "value": "value"
                     *             }
                     *           ],
                     *           "publish_at": "2026-11-01T00:00:00Z",
                     *           "published_at": "2026-11-01T00:00:00Z",
                     *           "reason": "reason",
                     *           "retroactive": false,
                     *           "revision": 1,
                     *           "set": "set",
                     *           "state": "draft",
                     *           "submitted_by": "alice",
                     *           "superseded_by": "superseded by",
                     *           "supersedes": "supersedes",
                     *           "withdrawals": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "from": "2026-12-01T00:00:00Z",
                     *               "in_force": "license-us-2026-12-r1",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "lines": 1,
                     *               "n": 1,
                     *               "pending": false,
                     *               "reason": "reason",
                     *               "retroactive": false
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SetView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "review-set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Up to 40 of a-z, 0-9 and hyphens.
                 * @example december-2026
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "name",
                     *       "odd": [
                     *         {
                     *           "change": "change",
                     *           "identity": {
                     *             "billing": "Monthly",
                     *             "currency": "USD",
                     *             "market": "US",
                     *             "product": "CFQ7TTC0LH18",
                     *             "sku": "0001",
                     *             "term": "P1M",
                     *             "tier": "0"
                     *           },
                     *           "of": 1,
                     *           "others": 1,
                     *           "percent": "7.50",
                     *           "release": "license-us-2026-12-r1",
                     *           "usual": "usual",
                     *           "usual_percent": "7.50"
                     *         }
                     *       ],
                     *       "releases": [
                     *         {
                     *           "against": "license-us-2026-11-r1",
                     *           "release": "license-us-2026-12-r1",
                     *           "renamed": 1,
                     *           "summary": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "totals": [
                     *             {
                     *               "added": 1,
                     *               "by": "product",
                     *               "changed": 1,
                     *               "ending": 1,
                     *               "name": "name",
                     *               "price_changed": 1,
                     *               "removed": 1,
                     *               "unchanged": 1
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SetReviewView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "submit-set": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the sets: its name.
                 * @example december-2026
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "acknowledge": "lines-gone,price-moved",
                 *       "reason": "exchange rates of last month",
                 *       "short_notice": "the list came late"
                 *     }
                 */
                "application/json": components["schemas"]["TransitionBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "december-2026",
                     *       "releases": [
                     *         {
                     *           "acknowledged": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "rule": "lines-gone"
                     *             }
                     *           ],
                     *           "approved_by": "bob",
                     *           "backfilled": false,
                     *           "baseline": false,
                     *           "checksum": "checksum",
                     *           "content": "content",
                     *           "corrects": "corrects",
                     *           "created_by": "alice",
                     *           "diff": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "effective_at": "2026-12-01T00:00:00Z",
                     *           "follows_publication": false,
                     *           "held": "held",
                     *           "id": "license-us-2026-12-r1",
                     *           "kind": "full",
                     *           "lines": 1,
                     *           "list": "license",
                     *           "market": "US",
                     *           "month": "2026-12",
                     *           "notice": {
                     *             "days": 1,
                     *             "policy": "days:30",
                     *             "reason": "reason",
                     *             "short": false
                     *           },
                     *           "predecessor": "license-us-2026-11-r1",
                     *           "problems": [
                     *             {
                     *               "column": "column",
                     *               "row": 1,
                     *               "rule": "rule",
                     *               "severity": "error",
                     *               "sheet": "sheet",
                     *               "text": "text",
                     *               "value": "value"
                     *             }
                     *           ],
                     *           "publish_at": "2026-11-01T00:00:00Z",
                     *           "published_at": "2026-11-01T00:00:00Z",
                     *           "reason": "reason",
                     *           "retroactive": false,
                     *           "revision": 1,
                     *           "set": "set",
                     *           "state": "draft",
                     *           "submitted_by": "alice",
                     *           "superseded_by": "superseded by",
                     *           "supersedes": "supersedes",
                     *           "withdrawals": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "from": "2026-12-01T00:00:00Z",
                     *               "in_force": "license-us-2026-12-r1",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "lines": 1,
                     *               "n": 1,
                     *               "pending": false,
                     *               "reason": "reason",
                     *               "retroactive": false
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SetView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "lint-set": {
        parameters: {
            query?: {
                /**
                 * @description license (default), offers or services.
                 * @example license
                 */
                list?: string;
                /**
                 * @description When all of it takes effect: a date or RFC 3339.
                 * @example 2026-12-01
                 */
                effective?: string;
                /**
                 * @description full (default): all lines; delta: only those that change.
                 * @example full
                 */
                kind?: "full" | "delta";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A zip archive of sheets, one market each. A sheet says its market in its own column; one without says it in its name, as two capitals: pricelist-DE.xlsx. At most 500 sheets. At most 256 MiB, 512 MiB uncompressed. */
        requestBody: {
            content: {
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "application/octet-stream": string;
                "application/zip": string;
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "errors": 1,
                     *       "files": [
                     *         {
                     *           "diff": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "errors": 1,
                     *           "file": "file",
                     *           "lines": 1,
                     *           "market": "US",
                     *           "notes": 1,
                     *           "predecessor": "license-us-2026-11-r1",
                     *           "problems": [
                     *             {
                     *               "column": "column",
                     *               "row": 1,
                     *               "rule": "rule",
                     *               "severity": "error",
                     *               "sheet": "sheet",
                     *               "text": "text",
                     *               "value": "value"
                     *             }
                     *           ],
                     *           "warnings": 1
                     *         }
                     *       ],
                     *       "notes": 1,
                     *       "warnings": 1
                     *     }
                     */
                    "application/json": components["schemas"]["SetLintView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "alarms": [
                     *         "alarms"
                     *       ],
                     *       "crawls": [
                     *         {
                     *           "accepted": false,
                     *           "complete": false,
                     *           "content": "content",
                     *           "counts": {
                     *             "added": 1,
                     *             "backdated": 1,
                     *             "corrections": 1,
                     *             "expiring": 1,
                     *             "periods": 1,
                     *             "price_changed": 1,
                     *             "renamed": 1,
                     *             "rescheduled": 1,
                     *             "restated": 1,
                     *             "retired": 1
                     *           },
                     *           "currency": "USD",
                     *           "finished": "2026-12-01T00:00:00Z",
                     *           "foreign": 1,
                     *           "id": "license-us-2026-12-r1",
                     *           "identities": 1,
                     *           "offer_terms": [
                     *             {
                     *               "discount": "7.50",
                     *               "effective_from": "2026-12-01T00:00:00Z",
                     *               "excluded_meter_ids": [
                     *                 "excluded meter ids"
                     *               ],
                     *               "name": "name"
                     *             }
                     *           ],
                     *           "pages": 1,
                     *           "partial": false,
                     *           "parts": 1,
                     *           "quarantined": 1,
                     *           "refused": "refused",
                     *           "repeated": false,
                     *           "rows": 1,
                     *           "scope": "sample-usd",
                     *           "shards": [
                     *             {
                     *               "identities": 1,
                     *               "name": "name",
                     *               "pages": 1,
                     *               "refused": "refused",
                     *               "rows": 1,
                     *               "traversals": 1
                     *             }
                     *           ],
                     *           "source": "sample",
                     *           "started": "2026-12-01T00:00:00Z",
                     *           "traversals": 1
                     *         }
                     *       ],
                     *       "now": "2026-12-01T00:00:00Z",
                     *       "quarantined": [
                     *         {
                     *           "reason": "end-before-start",
                     *           "rows": 12
                     *         }
                     *       ],
                     *       "ready": false,
                     *       "releases": [
                     *         {
                     *           "acknowledged": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "rule": "lines-gone"
                     *             }
                     *           ],
                     *           "approved_by": "bob",
                     *           "backfilled": false,
                     *           "baseline": false,
                     *           "checksum": "checksum",
                     *           "content": "content",
                     *           "corrects": "corrects",
                     *           "created_by": "alice",
                     *           "diff": {
                     *             "added": 1,
                     *             "changed": 1,
                     *             "ending": 1,
                     *             "price_changed": 1,
                     *             "removed": 1,
                     *             "unchanged": 1
                     *           },
                     *           "effective_at": "2026-12-01T00:00:00Z",
                     *           "follows_publication": false,
                     *           "held": "held",
                     *           "id": "license-us-2026-12-r1",
                     *           "kind": "full",
                     *           "lines": 1,
                     *           "list": "license",
                     *           "market": "US",
                     *           "month": "2026-12",
                     *           "notice": {
                     *             "days": 1,
                     *             "policy": "days:30",
                     *             "reason": "reason",
                     *             "short": false
                     *           },
                     *           "predecessor": "license-us-2026-11-r1",
                     *           "problems": [
                     *             {
                     *               "column": "column",
                     *               "row": 1,
                     *               "rule": "rule",
                     *               "severity": "error",
                     *               "sheet": "sheet",
                     *               "text": "text",
                     *               "value": "value"
                     *             }
                     *           ],
                     *           "publish_at": "2026-11-01T00:00:00Z",
                     *           "published_at": "2026-11-01T00:00:00Z",
                     *           "reason": "reason",
                     *           "retroactive": false,
                     *           "revision": 1,
                     *           "set": "set",
                     *           "state": "draft",
                     *           "submitted_by": "alice",
                     *           "superseded_by": "superseded by",
                     *           "supersedes": "supersedes",
                     *           "withdrawals": [
                     *             {
                     *               "at": "2026-11-01T00:00:00Z",
                     *               "by": "by",
                     *               "from": "2026-12-01T00:00:00Z",
                     *               "in_force": "license-us-2026-12-r1",
                     *               "known_at": "2026-11-01T00:00:00Z",
                     *               "lines": 1,
                     *               "n": 1,
                     *               "pending": false,
                     *               "reason": "reason",
                     *               "retroactive": false
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "running": [
                     *         {
                     *           "currency": "USD",
                     *           "expected_rows": 612044,
                     *           "pages": 412,
                     *           "rows": 411873,
                     *           "scope": "azure-usd",
                     *           "seconds_left": 95,
                     *           "shards": 96,
                     *           "shards_read": 61,
                     *           "source": "azure",
                     *           "started": "2026-11-22T06:00:00Z"
                     *         }
                     *       ],
                     *       "scopes": [
                     *         {
                     *           "currency": "USD",
                     *           "failed": "failed",
                     *           "failing_in_a_row": 0,
                     *           "last": "azure-usd-20261122T060000Z-0123456789ab",
                     *           "refused": "refused",
                     *           "refused_in_a_row": 0,
                     *           "refused_shards": [
                     *             {
                     *               "name": "compute/westeurope",
                     *               "reason": "shrunk: 1204 of the 6020 identities of the last accepted crawl are missing"
                     *             }
                     *           ],
                     *           "scope": "azure-usd",
                     *           "taken": "2026-11-22T06:00:00Z"
                     *         }
                     *       ],
                     *       "simulated": false,
                     *       "source": "sample",
                     *       "streams": [
                     *         {
                     *           "lag": 1,
                     *           "last": 1,
                     *           "messages": 1,
                     *           "name": "name",
                     *           "written": 1
                     *         }
                     *       ],
                     *       "version": "1.0"
                     *     }
                     */
                    "application/json": components["schemas"]["StatusView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-subscribers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "cost": false,
                     *           "created_at": "2026-12-01T00:00:00Z",
                     *           "created_by": "alice",
                     *           "name": "billing"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfSubscriberView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "create-subscriber": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "cost": false,
                 *       "name": "billing"
                 *     }
                 */
                "application/json": components["schemas"]["NewSubscriberBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @example Cache-Control */
                    "Cache-Control"?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "name": "billing",
                     *       "url": "nats://billing:SECRET@127.0.0.1:4222"
                     *     }
                     */
                    "application/json": components["schemas"]["NewSubscriberView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "revoke-subscriber": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the subscribers: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "name": "billing"
                     *     }
                     */
                    "application/json": components["schemas"]["SubscriberView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "get-template": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description license, offers, services or documents.
                 * @example license
                 */
                list: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The template. */
            200: {
                headers: {
                    /**
                     * @description What the file is called.
                     * @example attachment; filename=prices-us-2026-12-01.csv
                     */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    "application/yaml": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-tokens": {
        parameters: {
            query?: {
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "cost": false,
                     *           "created_at": "2026-12-01T00:00:00Z",
                     *           "created_by": "alice",
                     *           "expires_at": "2026-12-01T00:00:00Z",
                     *           "id": "k3v7qz2mxw4a",
                     *           "name": "nightly export",
                     *           "owner": "alice",
                     *           "revoked_at": "2026-12-01T00:00:00Z",
                     *           "revoked_by": "revoked by",
                     *           "roles": [
                     *             "reader"
                     *           ],
                     *           "state": "valid",
                     *           "used_at": "2026-12-01T00:00:00Z"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfTokenView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "create-token": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "cost": false,
                 *       "expires_at": "2027-06-01",
                 *       "name": "nightly export",
                 *       "owner": "alice",
                 *       "roles": [
                 *         "reader"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewTokenBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @example Cache-Control */
                    "Cache-Control"?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "expires_at": "2026-12-01T00:00:00Z",
                     *       "id": "k3v7qz2mxw4a",
                     *       "name": "nightly export",
                     *       "owner": "alice",
                     *       "revoked_at": "2026-12-01T00:00:00Z",
                     *       "revoked_by": "revoked by",
                     *       "roles": [
                     *         "reader"
                     *       ],
                     *       "state": "valid",
                     *       "token": "pw_k3v7qz2mxw4a_…",
                     *       "used_at": "2026-12-01T00:00:00Z"
                     *     }
                     */
                    "application/json": components["schemas"]["NewTokenView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "show-token": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Which of the tokens: its id.
                 * @example k3v7qz2mxw4a
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "expires_at": "2026-12-01T00:00:00Z",
                     *       "id": "k3v7qz2mxw4a",
                     *       "name": "nightly export",
                     *       "owner": "alice",
                     *       "revoked_at": "2026-12-01T00:00:00Z",
                     *       "revoked_by": "revoked by",
                     *       "roles": [
                     *         "reader"
                     *       ],
                     *       "state": "valid",
                     *       "used_at": "2026-12-01T00:00:00Z"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "revoke-token": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the tokens: its id.
                 * @example k3v7qz2mxw4a
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "expires_at": "2026-12-01T00:00:00Z",
                     *       "id": "k3v7qz2mxw4a",
                     *       "name": "nightly export",
                     *       "owner": "alice",
                     *       "revoked_at": "2026-12-01T00:00:00Z",
                     *       "revoked_by": "revoked by",
                     *       "roles": [
                     *         "reader"
                     *       ],
                     *       "state": "valid",
                     *       "used_at": "2026-12-01T00:00:00Z"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-watchlists": {
        parameters: {
            query?: {
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "created_at": "2026-12-01T00:00:00Z",
                     *           "created_by": "alice",
                     *           "description": "description",
                     *           "line_count": 1,
                     *           "meter_count": 1,
                     *           "name": "what-we-sell",
                     *           "updated_at": "2026-12-01T00:00:00Z",
                     *           "updated_by": "alice"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfWatchlistHead"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "show-watchlist": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of what the client has: when it is still so, the answer is 304 without a body.
                 * @example "7"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description Small letters, digits and hyphens.
                 * @example what-we-sell
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "description": "description",
                     *       "line_count": 1,
                     *       "lines": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "market": "US",
                     *           "product": "CFQ7TTC0LH18",
                     *           "sku": "0001",
                     *           "term": "P1M"
                     *         }
                     *       ],
                     *       "meter_count": 1,
                     *       "meters": [
                     *         {
                     *           "currency": "USD",
                     *           "meter_id": "0008fc59-f088-5d25-8e72-147ec2e66261",
                     *           "region": "westeurope",
                     *           "sku_id": "DZH318Z092QW/007H"
                     *         }
                     *       ],
                     *       "name": "what-we-sell",
                     *       "updated_at": "2026-12-01T00:00:00Z",
                     *       "updated_by": "alice"
                     *     }
                     */
                    "application/json": components["schemas"]["WatchlistView"];
                };
            };
            /** @description It is as If-None-Match says, and has no body. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "put-watchlist": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description The ETag as it was read: when it has changed since, the write is a conflict. Without it the write holds for whatever is there.
                 * @example "7"
                 */
                "If-Match"?: string;
                /**
                 * @description *: only if nothing is there.
                 * @example *
                 */
                "If-None-Match"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Small letters, digits and hyphens.
                 * @example what-we-sell
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "description": "what we sell in the US",
                 *       "lines": [
                 *         {
                 *           "billing": "Monthly",
                 *           "currency": "USD",
                 *           "market": "US",
                 *           "product": "CFQ7TTC0LH18",
                 *           "sku": "0001",
                 *           "term": "P1M"
                 *         }
                 *       ],
                 *       "meters": [
                 *         {
                 *           "currency": "USD",
                 *           "meter_id": "0008fc59-f088-5d25-8e72-147ec2e66261",
                 *           "region": "westeurope",
                 *           "sku_id": "DZH318Z092QW/007H"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["WatchlistBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "description": "description",
                     *       "line_count": 1,
                     *       "lines": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "market": "US",
                     *           "product": "CFQ7TTC0LH18",
                     *           "sku": "0001",
                     *           "term": "P1M"
                     *         }
                     *       ],
                     *       "meter_count": 1,
                     *       "meters": [
                     *         {
                     *           "currency": "USD",
                     *           "meter_id": "0008fc59-f088-5d25-8e72-147ec2e66261",
                     *           "region": "westeurope",
                     *           "sku_id": "DZH318Z092QW/007H"
                     *         }
                     *       ],
                     *       "name": "what-we-sell",
                     *       "updated_at": "2026-12-01T00:00:00Z",
                     *       "updated_by": "alice"
                     *     }
                     */
                    "application/json": components["schemas"]["WatchlistView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "delete-watchlist": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description The ETag as it was read: when it has changed since, the write is a conflict. Without it the write holds for whatever is there.
                 * @example "7"
                 */
                "If-Match"?: string;
                /**
                 * @description *: only if nothing is there.
                 * @example *
                 */
                "If-None-Match"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Small letters, digits and hyphens.
                 * @example what-we-sell
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "description": "description",
                     *       "line_count": 1,
                     *       "lines": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "market": "US",
                     *           "product": "CFQ7TTC0LH18",
                     *           "sku": "0001",
                     *           "term": "P1M"
                     *         }
                     *       ],
                     *       "meter_count": 1,
                     *       "meters": [
                     *         {
                     *           "currency": "USD",
                     *           "meter_id": "0008fc59-f088-5d25-8e72-147ec2e66261",
                     *           "region": "westeurope",
                     *           "sku_id": "DZH318Z092QW/007H"
                     *         }
                     *       ],
                     *       "name": "what-we-sell",
                     *       "updated_at": "2026-12-01T00:00:00Z",
                     *       "updated_by": "alice"
                     *     }
                     */
                    "application/json": components["schemas"]["WatchlistView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "export-watchlist": {
        parameters: {
            query?: {
                /**
                 * @description The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default.
                 * @example xlsx
                 */
                format?: "csv" | "xlsx" | "json" | "ndjson" | "parquet";
            };
            header?: never;
            path: {
                /**
                 * @description Small letters, digits and hyphens.
                 * @example what-we-sell
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of JSON, or the whole list as a file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "market": "US",
                     *           "meter_id": "00000000-0000-0000-0000-000000000000",
                     *           "product": "CFQ7TTC0LH18",
                     *           "region": "westeurope",
                     *           "sku": "0001",
                     *           "sku_id": "DZH318Z0BPVW/00QZ",
                     *           "term": "P1M"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfWatchEntryView"] | components["schemas"]["WatchEntryView"][];
                    "application/vnd.apache.parquet": string;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    /**
                     * @example {
                     *       "billing": "Monthly",
                     *       "currency": "USD",
                     *       "market": "US",
                     *       "meter_id": "00000000-0000-0000-0000-000000000000",
                     *       "product": "CFQ7TTC0LH18",
                     *       "region": "westeurope",
                     *       "sku": "0001",
                     *       "sku_id": "DZH318Z0BPVW/00QZ",
                     *       "term": "P1M"
                     *     }
                     */
                    "application/x-ndjson": components["schemas"]["WatchEntryView"];
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "import-watchlist": {
        parameters: {
            query?: {
                /**
                 * @description At most 500 bytes; that of the list that is there when empty.
                 * @example what we sell in the US
                 */
                description?: string;
            };
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description The ETag as it was read: when it has changed since, the write is a conflict. Without it the write holds for whatever is there.
                 * @example "7"
                 */
                "If-Match"?: string;
                /**
                 * @description *: only if nothing is there.
                 * @example *
                 */
                "If-None-Match"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Small letters, digits and hyphens.
                 * @example what-we-sell
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment
                 *     Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example "7" */
                    ETag?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "description": "description",
                     *       "line_count": 1,
                     *       "lines": [
                     *         {
                     *           "billing": "Monthly",
                     *           "currency": "USD",
                     *           "market": "US",
                     *           "product": "CFQ7TTC0LH18",
                     *           "sku": "0001",
                     *           "term": "P1M"
                     *         }
                     *       ],
                     *       "meter_count": 1,
                     *       "meters": [
                     *         {
                     *           "currency": "USD",
                     *           "meter_id": "0008fc59-f088-5d25-8e72-147ec2e66261",
                     *           "region": "westeurope",
                     *           "sku_id": "DZH318Z092QW/007H"
                     *         }
                     *       ],
                     *       "name": "what-we-sell",
                     *       "updated_at": "2026-12-01T00:00:00Z",
                     *       "updated_by": "alice"
                     *     }
                     */
                    "application/json": components["schemas"]["WatchlistView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-webhooks": {
        parameters: {
            query?: {
                /**
                 * @description Items a page, 1 to 10,000; 100 when empty.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description The next of the page before.
                 * @example WyJVUyIsIiJd
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "cost": false,
                     *           "created_at": "2026-12-01T00:00:00Z",
                     *           "created_by": "alice",
                     *           "currency": "USD",
                     *           "description": "description",
                     *           "failures": 1,
                     *           "held": 1,
                     *           "market": "US",
                     *           "name": "billing",
                     *           "next_at": "2026-12-01T00:00:00Z",
                     *           "position": "position",
                     *           "problem": "problem",
                     *           "reason": "reason",
                     *           "secrets": 1,
                     *           "sent": 1,
                     *           "state": "active",
                     *           "state_at": "2026-12-01T00:00:00Z",
                     *           "subject": "pw.price.us.>",
                     *           "type": "Consumption",
                     *           "url": "https://example.com/prices",
                     *           "watchlist": "watchlist"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfWebhookView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "create-webhook": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "currency": "USD",
                 *       "description": "tells billing of US prices",
                 *       "from": "now",
                 *       "market": "US",
                 *       "name": "billing",
                 *       "subject": "pw.price.us.>",
                 *       "type": "pricewire.price.changed.v1",
                 *       "url": "https://example.com/prices",
                 *       "watchlist": "what-we-sell"
                 *     }
                 */
                "application/json": components["schemas"]["WebhookBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @example Cache-Control */
                    "Cache-Control"?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "currency": "USD",
                     *       "description": "description",
                     *       "failures": 1,
                     *       "held": 1,
                     *       "market": "US",
                     *       "name": "billing",
                     *       "next_at": "2026-12-01T00:00:00Z",
                     *       "position": "position",
                     *       "problem": "problem",
                     *       "reason": "reason",
                     *       "secret": "secret",
                     *       "secrets": 1,
                     *       "sent": 1,
                     *       "state": "active",
                     *       "state_at": "2026-12-01T00:00:00Z",
                     *       "subject": "pw.price.us.>",
                     *       "type": "Consumption",
                     *       "url": "https://example.com/prices",
                     *       "watchlist": "watchlist"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookSecretView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "show-webhook": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
            };
            path: {
                /**
                 * @description Which of the webhooks: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "currency": "USD",
                     *       "description": "description",
                     *       "failures": 1,
                     *       "held": 1,
                     *       "market": "US",
                     *       "name": "billing",
                     *       "next_at": "2026-12-01T00:00:00Z",
                     *       "position": "position",
                     *       "problem": "problem",
                     *       "reason": "reason",
                     *       "secrets": 1,
                     *       "sent": 1,
                     *       "state": "active",
                     *       "state_at": "2026-12-01T00:00:00Z",
                     *       "subject": "pw.price.us.>",
                     *       "type": "Consumption",
                     *       "url": "https://example.com/prices",
                     *       "watchlist": "watchlist"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "delete-webhook": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the webhooks: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "currency": "USD",
                     *       "description": "description",
                     *       "failures": 1,
                     *       "held": 1,
                     *       "market": "US",
                     *       "name": "billing",
                     *       "next_at": "2026-12-01T00:00:00Z",
                     *       "position": "position",
                     *       "problem": "problem",
                     *       "reason": "reason",
                     *       "secrets": 1,
                     *       "sent": 1,
                     *       "state": "active",
                     *       "state_at": "2026-12-01T00:00:00Z",
                     *       "subject": "pw.price.us.>",
                     *       "type": "Consumption",
                     *       "url": "https://example.com/prices",
                     *       "watchlist": "watchlist"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "list-deliveries": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
            };
            path: {
                /**
                 * @description Which of the webhooks: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "at": "2026-11-01T00:00:00Z",
                     *           "attempt": 1,
                     *           "event": "event",
                     *           "millis": 1,
                     *           "problem": "problem",
                     *           "sequence": 1,
                     *           "status": 1,
                     *           "stream": "RATES_USD",
                     *           "subject": "pw.rate.usd.>",
                     *           "verdict": "delivered"
                     *         }
                     *       ],
                     *       "next": "WyJVUyIsIiJd"
                     *     }
                     */
                    "application/json": components["schemas"]["PageOfDeliveryView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "disable-webhook": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the webhooks: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "currency": "USD",
                     *       "description": "description",
                     *       "failures": 1,
                     *       "held": 1,
                     *       "market": "US",
                     *       "name": "billing",
                     *       "next_at": "2026-12-01T00:00:00Z",
                     *       "position": "position",
                     *       "problem": "problem",
                     *       "reason": "reason",
                     *       "secrets": 1,
                     *       "sent": 1,
                     *       "state": "active",
                     *       "state_at": "2026-12-01T00:00:00Z",
                     *       "subject": "pw.price.us.>",
                     *       "type": "Consumption",
                     *       "url": "https://example.com/prices",
                     *       "watchlist": "watchlist"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "enable-webhook": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the webhooks: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "currency": "USD",
                     *       "description": "description",
                     *       "failures": 1,
                     *       "held": 1,
                     *       "market": "US",
                     *       "name": "billing",
                     *       "next_at": "2026-12-01T00:00:00Z",
                     *       "position": "position",
                     *       "problem": "problem",
                     *       "reason": "reason",
                     *       "secrets": 1,
                     *       "sent": 1,
                     *       "state": "active",
                     *       "state_at": "2026-12-01T00:00:00Z",
                     *       "subject": "pw.price.us.>",
                     *       "type": "Consumption",
                     *       "url": "https://example.com/prices",
                     *       "watchlist": "watchlist"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "redeliver-webhook": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the webhooks: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "2026-11-01T00:00:00Z",
                 *       "sequence": 42,
                 *       "stream": "PRICES"
                 *     }
                 */
                "application/json": components["schemas"]["RedeliverInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "currency": "USD",
                     *       "description": "description",
                     *       "failures": 1,
                     *       "held": 1,
                     *       "market": "US",
                     *       "name": "billing",
                     *       "next_at": "2026-12-01T00:00:00Z",
                     *       "position": "position",
                     *       "problem": "problem",
                     *       "reason": "reason",
                     *       "secrets": 1,
                     *       "sent": 1,
                     *       "state": "active",
                     *       "state_at": "2026-12-01T00:00:00Z",
                     *       "subject": "pw.price.us.>",
                     *       "type": "Consumption",
                     *       "url": "https://example.com/prices",
                     *       "watchlist": "watchlist"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "rotate-webhook": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the webhooks: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "overlap_hours": 24
                 *     }
                 */
                "application/json": components["schemas"]["RotateInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @example Cache-Control */
                    "Cache-Control"?: string;
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "created_at": "2026-12-01T00:00:00Z",
                     *       "created_by": "alice",
                     *       "currency": "USD",
                     *       "description": "description",
                     *       "failures": 1,
                     *       "held": 1,
                     *       "market": "US",
                     *       "name": "billing",
                     *       "next_at": "2026-12-01T00:00:00Z",
                     *       "position": "position",
                     *       "problem": "problem",
                     *       "reason": "reason",
                     *       "secret": "secret",
                     *       "secrets": 1,
                     *       "sent": 1,
                     *       "state": "active",
                     *       "state_at": "2026-12-01T00:00:00Z",
                     *       "subject": "pw.price.us.>",
                     *       "type": "Consumption",
                     *       "url": "https://example.com/prices",
                     *       "watchlist": "watchlist"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookSecretView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            408: components["responses"]["Late"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            414: components["responses"]["QueryTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    "test-webhook": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out.
                 * @example alice
                 */
                "X-Pricewire-User"?: string;
                /**
                 * @description A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.
                 * @example 6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.
                 * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                 */
                traceparent?: string;
            };
            path: {
                /**
                 * @description Which of the webhooks: its name.
                 * @example billing
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.
                     * @example 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
                     */
                    traceparent?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-11-01T00:00:00Z",
                     *       "attempt": 1,
                     *       "event": "event",
                     *       "millis": 1,
                     *       "problem": "problem",
                     *       "sequence": 1,
                     *       "status": 1,
                     *       "stream": "RATES_USD",
                     *       "subject": "pw.rate.usd.>",
                     *       "verdict": "delivered"
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            409: components["responses"]["Conflict"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    whoami: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cost": false,
                     *       "name": "name",
                     *       "roles": [
                     *         "roles"
                     *       ],
                     *       "token": "token",
                     *       "via": "trust"
                     *     }
                     */
                    "application/json": components["schemas"]["WhoView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    version: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": "1.0"
                     *     }
                     */
                    "application/json": components["schemas"]["VersionView"];
                };
            };
            400: components["responses"]["Invalid"];
            404: components["responses"]["NotFound"];
            406: components["responses"]["NotAcceptable"];
            414: components["responses"]["QueryTooLong"];
            421: components["responses"]["Misdirected"];
            422: components["responses"]["Refused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
}
