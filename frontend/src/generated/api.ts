// Made by `npm run generate` from the Python sources. Do not edit.
export interface paths {
    "/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Me */
        get: operations["labs_web_api_me_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Labs
         * @description The user's own, and those that are shared with him.
         */
        get: operations["labs_web_api_labs_list_labs"];
        put?: never;
        /** Create Lab */
        post: operations["labs_web_api_labs_create_lab"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get Lab */
        get: operations["labs_web_api_labs_get_lab"];
        /**
         * Save Lab
         * @description Save the document. `If-Match` has the ETag of the version that was changed.
         *
         *     What is there already, to the letter, is no conflict: it is sent again by who got no answer.
         */
        put: operations["labs_web_api_labs_save_lab"];
        post?: never;
        /** Delete Lab */
        delete: operations["labs_web_api_labs_delete_lab"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Duplicate Lab */
        post: operations["labs_web_api_labs_duplicate_lab"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/document.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download
         * @description The head as YAML, to keep or to give away.
         */
        get: operations["labs_web_api_labs_download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run
         * @description Pin the head, and run it.
         */
        post: operations["labs_web_api_running_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply
         * @description Pin the head, and change the running lab to it.
         */
        post: operations["labs_web_api_running_apply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop */
        post: operations["labs_web_api_running_stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Checks
         * @description Run the checks of the document that runs; watched, the lab shows each result as it comes.
         */
        post: operations["labs_web_api_running_checks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ping
         * @description Ping an address, or a node, from a node.
         */
        post: operations["labs_web_api_running_ping"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Trace
         * @description The hops to an address, or a node, from a node.
         */
        post: operations["labs_web_api_running_trace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Plan
         * @description What Run would do or, where the lab runs, Apply: from what is seen on the worker to the head.
         *
         *     On the machine itself also before it runs: a name that is taken there is a problem (409). That is for superusers; others are told what
         *     differs from what was drawn when it was run.
         */
        get: operations["labs_web_api_running_plan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/script": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Script
         * @description The head as a shell script, for the host that is named where there are several.
         */
        get: operations["labs_web_api_running_script"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/terminals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open Terminal
         * @description A shell as the lab's root in the place of a node. The lab's status says which terminals there are.
         */
        post: operations["labs_web_api_terminals_open_terminal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/terminals/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Close Terminal
         * @description Hang up: its programs end. One that is not there is no error.
         */
        delete: operations["labs_web_api_terminals_close_terminal"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adopt
         * @description The head with what was done by hand in it, and what that leans on; and what does not go into it. Nothing is saved.
         */
        post: operations["labs_web_api_drift_adopt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/repair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Repair
         * @description The network as it was applied last, without what was done by hand and what leans on that. The lab's status shows the progress.
         */
        post: operations["labs_web_api_drift_repair"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/step": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go To Step
         * @description Set a lab to a step of its lesson: that step's drawing becomes the lab's. With `If-Match`, only where nobody saved meanwhile.
         */
        post: operations["labs_web_api_lessons_go_to_step"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/sharing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Sharing
         * @description Who may what.
         */
        get: operations["labs_web_api_sharing_get_sharing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/members/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Share
         * @description Share with a user, or change the role of one with whom it is shared.
         */
        put: operations["labs_web_api_sharing_share"];
        post?: never;
        /** Remove */
        delete: operations["labs_web_api_sharing_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Leave */
        post: operations["labs_web_api_sharing_leave"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Transfer
         * @description Make another user the owner, and be an editor from now on.
         */
        post: operations["labs_web_api_sharing_transfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labs/{lab_id}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make Link
         * @description Make a link by which others may copy the lab; the one before works no more.
         */
        post: operations["labs_web_api_sharing_make_link"];
        /** Revoke Link */
        delete: operations["labs_web_api_sharing_revoke_link"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/copies/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look At
         * @description The lab that a link leads to.
         */
        get: operations["labs_web_api_sharing_look_at"];
        put?: never;
        /**
         * Copy
         * @description Make a copy of one's own of the lab that a link leads to.
         */
        post: operations["labs_web_api_sharing_copy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/lessons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List Lessons */
        get: operations["labs_web_api_lessons_list_lessons"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/lessons/{slug}/labs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start Lesson
         * @description Make a lab of one's own at the lesson's first step.
         */
        post: operations["labs_web_api_lessons_start_lesson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/document/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check
         * @description Problems, plan, and the document with its names, addresses and places completed. 422 has the structural errors.
         */
        post: operations["labs_web_api_documents_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/document/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Connect
         * @description The document with a link between two nodes: interfaces named, the next free addresses given.
         */
        post: operations["labs_web_api_documents_connect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/document/parse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Parse
         * @description YAML or JSON text as a document, with a place for everything.
         *
         *     Where it is neither, the problem of the 422 has `line` and `column` among its params.
         */
        post: operations["labs_web_api_documents_parse"];
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
        /**
         * Features
         * @description What the kernel of a worker can do, and what it cannot, with the reason.
         */
        Features: {
            /**
             * Available
             * @default []
             */
            available: string[];
            /**
             * Missing
             * @default {}
             */
            missing: {
                [key: string]: string;
            };
        };
        /** Me */
        Me: {
            user: components["schemas"]["User"];
            /** Language */
            language: string;
            /** Csrf */
            csrf: string;
            /** Limits */
            limits: {
                [key: string]: number;
            };
            /** Workers */
            workers: components["schemas"]["WorkerOut"][];
        };
        /** User */
        User: {
            /** Name */
            name: string;
            /** Staff */
            staff: boolean;
            /** Has Password */
            has_password: boolean;
        };
        /** WorkerOut */
        WorkerOut: {
            /** Name */
            name: string;
            /** Connected */
            connected: boolean;
            features: components["schemas"]["Features"];
        };
        /**
         * Error
         * @description Every error of the API has this form.
         */
        Error: {
            error: components["schemas"]["ErrorDetail"];
            /**
             * Problems
             * @default []
             */
            problems: components["schemas"]["Problem"][];
        };
        /** ErrorDetail */
        ErrorDetail: {
            /** Code */
            code: string;
            /** Message */
            message: string;
            /**
             * Params
             * @default {}
             */
            params: {
                [key: string]: string;
            };
        };
        /** Problem */
        Problem: {
            /** Path */
            path: string;
            /**
             * Also
             * @default []
             */
            also: string[];
            /** Code */
            code: string;
            /** Params */
            params: {
                [key: string]: string;
            };
            /** Message */
            message: string;
        };
        /** LabSummary */
        LabSummary: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
            /** Version */
            version: number;
            /** Owner */
            owner: string;
            /**
             * Role
             * @enum {string}
             */
            role: "viewer" | "editor" | "owner" | "administrator";
            /**
             * State
             * @enum {string}
             */
            state: "stopped" | "waiting" | "starting" | "running" | "applying" | "stopping" | "failed";
            /**
             * Created
             * Format: date-time
             */
            created: string;
            /**
             * Updated
             * Format: date-time
             */
            updated: string;
            /** Lesson */
            lesson: string;
            /** Step */
            step: number;
            /** Nodes */
            nodes: number;
            picture: components["schemas"]["Picture"];
        };
        /**
         * Picture
         * @description Enough of a document for a thumbnail.
         */
        Picture: {
            /** Nodes */
            nodes: components["schemas"]["PictureNode"][];
            /** Links */
            links: [
                string,
                string
            ][];
        };
        /** PictureNode */
        PictureNode: {
            /** Name */
            name: string;
            /** Kind */
            kind: string;
            /** Parent */
            parent?: string | null;
            /** X */
            x?: number | null;
            /** Y */
            y?: number | null;
        };
        /** Lab */
        Lab: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Name */
            name: string;
            /** Version */
            version: number;
            /** Document */
            document: {
                [key: string]: unknown;
            };
            /** Applied */
            applied: {
                [key: string]: unknown;
            } | null;
            /** Problems */
            problems: components["schemas"]["Problem"][];
            /** Saved By */
            saved_by: string | null;
            /** Owner */
            owner: string;
            /**
             * Role
             * @enum {string}
             */
            role: "viewer" | "editor" | "owner" | "administrator";
            /**
             * State
             * @enum {string}
             */
            state: "stopped" | "waiting" | "starting" | "running" | "applying" | "stopping" | "failed";
            run: components["schemas"]["RunStatus"];
            /** Lesson */
            lesson: string;
            /** Step */
            step: number;
            /**
             * Created
             * Format: date-time
             */
            created: string;
            /**
             * Updated
             * Format: date-time
             */
            updated: string;
        };
        /**
         * PlanEntry
         * @description An operation as the page and `topoweb plan --json` show it.
         */
        PlanEntry: {
            /** N */
            n: number;
            /** Op */
            op: string;
            /**
             * Change
             * @enum {string}
             */
            change: "add" | "remove" | "change";
            /** Summary */
            summary: string;
            /** Params */
            params: {
                [key: string]: string;
            };
            /** Command */
            command: string;
            /** Anew */
            anew?: ("peer" | "kind") | null;
            /** Node */
            node?: string | null;
            /** Interface */
            interface?: string | null;
            /**
             * Cause
             * @default drawing
             * @enum {string}
             */
            cause: "drawing" | "drift";
        };
        /**
         * Reason
         * @description One of several things that are in the way, with what to do about it.
         */
        Reason: {
            /** Code */
            code: string;
            /**
             * Params
             * @default {}
             */
            params: {
                [key: string]: string;
            };
            /** Message */
            message: string;
        };
        /**
         * RunError
         * @description Why a run failed: what, where, what to do.
         */
        RunError: {
            /** Message */
            message: string;
            /** Code */
            code: string;
            /**
             * Params
             * @default {}
             */
            params: {
                [key: string]: string;
            };
            /** N */
            n?: number | null;
            /** Op */
            op?: string | null;
            /** Node */
            node?: string | null;
            /** Interface */
            interface?: string | null;
            /** Errno */
            errno?: string | null;
            /** Kernel */
            kernel?: string | null;
            /** Hint */
            hint?: string | null;
            /**
             * Reasons
             * @default []
             */
            reasons: components["schemas"]["Reason"][];
            /**
             * Leftovers
             * @default []
             */
            leftovers: components["schemas"]["PlanEntry"][];
        };
        /** RunStatus */
        RunStatus: {
            /**
             * State
             * @enum {string}
             */
            state: "stopped" | "waiting" | "starting" | "running" | "applying" | "stopping" | "failed";
            /**
             * Generation
             * @default 0
             */
            generation: number;
            /** Version */
            version?: number | null;
            /**
             * Done
             * @default 0
             */
            done: number;
            /**
             * Total
             * @default 0
             */
            total: number;
            /** Plan */
            plan?: components["schemas"]["PlanEntry"][] | null;
            error?: components["schemas"]["RunError"] | null;
            /** Since */
            since?: number | null;
            /** Worker */
            worker?: string | null;
        };
        /** NewLab */
        NewLab: {
            /** Name */
            name?: string | null;
            /** Document */
            document?: {
                [key: string]: unknown;
            } | null;
        };
        /** SavedLab */
        SavedLab: {
            /** Document */
            document: {
                [key: string]: unknown;
            };
            /** Name */
            name?: string | null;
        };
        /**
         * CheckResult
         * @description A check of the document, by its index there.
         */
        CheckResult: {
            /** Index */
            index: number;
            /** Ok */
            ok: boolean | null;
            ping?: components["schemas"]["PingResult"] | null;
            trace?: components["schemas"]["TraceResult"] | null;
        };
        /** Hop */
        Hop: {
            /** Address */
            address: string | null;
            /** Rtt Ms */
            rtt_ms?: number | null;
            /** Node */
            node?: string | null;
        };
        /**
         * PingResult
         * @description One ping, or the last of a check. `got` is ping's: an errno on sending or an ICMP error is `unreachable`, silence is `timeout`.
         */
        PingResult: {
            /** Source */
            source: string;
            /** Target */
            target: string;
            /**
             * Got
             * @enum {string}
             */
            got: "reply" | "unreachable" | "timeout";
            /** Rtt Ms */
            rtt_ms?: number | null;
            /** Text */
            text: string;
            /** Reporter */
            reporter?: string | null;
            /**
             * Sent
             * @default 1
             */
            sent: number;
            /**
             * Received
             * @default 0
             */
            received: number;
        };
        /** TraceResult */
        TraceResult: {
            /** Source */
            source: string;
            /** Target */
            target: string;
            /** Hops */
            hops: components["schemas"]["Hop"][];
            /** Reached */
            reached: boolean;
            /** Error */
            error?: string | null;
        };
        /** Probe */
        Probe: {
            /** From */
            from: string;
            /** To */
            to: string;
        };
        /** Plan */
        Plan: {
            /** Plan */
            plan: components["schemas"]["PlanEntry"][];
            /**
             * Drawn
             * @default []
             */
            drawn: string[];
        };
        /** Terminal */
        Terminal: {
            /** Key */
            key: string;
        };
        /** NewTerminal */
        NewTerminal: {
            /** Node */
            node: string;
            /**
             * Rows
             * @default 24
             */
            rows: number;
            /**
             * Columns
             * @default 80
             */
            columns: number;
        };
        /** Adopted */
        Adopted: {
            /** Document */
            document: {
                [key: string]: unknown;
            } | null;
            /** Refused */
            refused: components["schemas"]["NotAdopted"][];
        };
        /**
         * NotAdopted
         * @description Something done by hand that a drawing cannot take as it is now.
         */
        NotAdopted: {
            /** Entry */
            entry: string;
            /** Code */
            code: string;
            /** Params */
            params: {
                [key: string]: string;
            };
            /** Message */
            message: string;
        };
        /** Chosen */
        Chosen: {
            /** Entries */
            entries?: string[] | null;
        };
        /** LessonStep */
        LessonStep: {
            /** Step */
            step: number;
        };
        /** Member */
        Member: {
            /** User */
            user: string;
            /** Name */
            name: string;
            /**
             * Role
             * @enum {string}
             */
            role: "viewer" | "editor" | "owner";
        };
        /** Sharing */
        Sharing: {
            /** Members */
            members: components["schemas"]["Member"][];
            /** Link */
            link: string | null;
            /** Limit */
            limit: number;
        };
        /** MemberIn */
        MemberIn: {
            /**
             * Role
             * @enum {string}
             */
            role: "viewer" | "editor";
        };
        /** Heir */
        Heir: {
            /** User */
            user: string;
        };
        /**
         * HandedOut
         * @description A lab that whoever has the link may copy.
         */
        HandedOut: {
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Nodes */
            nodes: number;
            picture: components["schemas"]["Picture"];
        };
        /** Bilingual */
        Bilingual: {
            /** En */
            en: string;
            /** Zh */
            zh: string;
        };
        /** Lesson */
        Lesson: {
            /** Slug */
            slug: string;
            title: components["schemas"]["Bilingual"];
            summary: components["schemas"]["Bilingual"];
            /** Minutes */
            minutes: number;
            picture: components["schemas"]["Picture"];
            /** Steps */
            steps: components["schemas"]["Step"][];
        };
        /** Step */
        Step: {
            title: components["schemas"]["Bilingual"];
            text: components["schemas"]["Bilingual"];
        };
        /** Checked */
        Checked: {
            /** Problems */
            problems: components["schemas"]["Problem"][];
            /** Plan */
            plan: components["schemas"]["PlanEntry"][] | null;
            /** Document */
            document: {
                [key: string]: unknown;
            };
        };
        /** DocumentIn */
        DocumentIn: {
            /** Document */
            document: {
                [key: string]: unknown;
            };
        };
        /** DocumentOut */
        DocumentOut: {
            /** Document */
            document: {
                [key: string]: unknown;
            };
        };
        /** ConnectIn */
        ConnectIn: {
            /** Document */
            document: {
                [key: string]: unknown;
            };
            /** A */
            a: string;
            /** B */
            b: string;
        };
        /** YamlIn */
        YamlIn: {
            /** Text */
            text: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    labs_web_api_me_me: {
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
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_labs_list_labs: {
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
                    "application/json": components["schemas"]["LabSummary"][];
                };
            };
        };
    };
    labs_web_api_labs_create_lab: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLab"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_labs_get_lab: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_labs_save_lab: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SavedLab"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Precondition Required */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_labs_delete_lab: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_labs_duplicate_lab: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_labs_download: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description YAML */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                    "application/yaml": string;
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_running_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_running_apply: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_running_stop: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_running_checks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["CheckResult"][];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_running_ping: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Probe"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PingResult"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_running_trace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Probe"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TraceResult"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_running_plan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_running_script: {
        parameters: {
            query?: {
                format?: "iproute2" | "brctl" | "batch";
                host?: string | null;
                teardown?: boolean;
            };
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The script */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                    "text/plain": string;
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_terminals_open_terminal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTerminal"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Terminal"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_terminals_close_terminal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_drift_adopt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Chosen"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Adopted"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_drift_repair: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Chosen"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_lessons_go_to_step: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LessonStep"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_get_sharing: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["Sharing"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_share: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
                username: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sharing"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
                username: string;
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
                    "application/json": components["schemas"]["Sharing"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_leave: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_transfer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Heir"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sharing"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_make_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["Sharing"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_revoke_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lab_id: string;
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
                    "application/json": components["schemas"]["Sharing"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_look_at: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
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
                    "application/json": components["schemas"]["HandedOut"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_sharing_copy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_lessons_list_lessons: {
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
                    "application/json": components["schemas"]["Lesson"][];
                };
            };
        };
    };
    labs_web_api_lessons_start_lesson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lab"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_documents_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DocumentIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Checked"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_documents_connect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentOut"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    labs_web_api_documents_parse: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["YamlIn"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentOut"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
