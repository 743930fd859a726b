import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { live } from "./api/live.ts";
import { followEvents, queryClient } from "./api/queries.ts";
import { recorded } from "./api/record.ts";
import { applyTheme } from "./parts/theme.ts";
import { router } from "./router.tsx";
import { TextProvider } from "./text/index.tsx";
import "./styles.css";

applyTheme();
recorded.start();
live.start();
followEvents(queryClient);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <TextProvider>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </TextProvider>
  </StrictMode>,
);
