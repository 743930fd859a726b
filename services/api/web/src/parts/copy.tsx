import { Button, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { address } from "../api/client.ts";
import { quoted } from "../logic/commands.ts";
import { useText } from "../text/index.tsx";
import { announce } from "./announce.tsx";

/** The same question over HTTP. */
export function curl(path: string, query: Record<string, string | undefined> = {}): string {
  return `curl ${quoted(new URL(address(path, query), location.origin).href)}`;
}

export interface Ways {
  cli?: string;
  curl?: string;
  sql?: string;
  link?: boolean;
}

/** What is shown, to be asked for elsewhere: as a command, over HTTP, as SQL, as a link. */
export function CopyAs({ ways }: { ways: Ways }) {
  const { t } = useText();
  const choices = (
    [
      ["cli", ways.cli],
      ["curl", ways.curl],
      ["sql", ways.sql],
      ["link", location.href],
    ] as const
  ).filter(([, text]) => text);
  return (
    <MenuTrigger>
      <Button className="button">{t("copyAs")} ▾</Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          onAction={(key) => {
            const text = choices.find(([name]) => name === key)?.[1];
            if (text) void navigator.clipboard.writeText(text).then(() => announce(t("copied")));
          }}
        >
          {choices.map(([name, text]) => (
            <MenuItem key={name} id={name} textValue={t(`copy.${name}`)} className="menuitem">
              <span>{t(`copy.${name}`)}</span>
              <code>{text}</code>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
