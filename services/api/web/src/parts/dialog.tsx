import { type ReactNode, useId } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useText } from "../text/index.tsx";

/** A dialog over the page. Escape and a press outside close it. */
export function Ask({
  title,
  open,
  onClose,
  children,
  wide,
}: {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}) {
  const { t } = useText();
  const id = useId();
  return (
    <ModalOverlay className="overlay" isOpen={open} onOpenChange={(o) => !o && onClose()} isDismissable>
      <Modal className={wide ? "modal wide" : "modal"}>
        <Dialog aria-labelledby={id} className="dialog">
          <header>
            <Heading slot="title" level={2} id={id}>
              {title}
            </Heading>
            <button type="button" className="plain" onClick={onClose} aria-label={t("close")}>
              ✕
            </button>
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
