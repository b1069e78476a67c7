/** Somebody in a message's head. */
export interface MailAddress {
  name: string;
  address: string;
}

export interface MailAttachment {
  fileName: string;
  contentType: string;
  /** Content-ID without angle brackets, for pictures inside the HTML; empty for files that are just attached. */
  contentId: string;
  size: number;
  /** The content in base64. */
  content: string;
}

/** What arrives: a message without what the mailbox adds. */
export interface IncomingMail {
  messageId: string;
  from: MailAddress;
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  replyTo: MailAddress[];
  subject: string;
  /** Plain text; what the HTML says when the message had none. */
  text: string;
  /** Empty when the message is plain text only. */
  html: string;
  attachments: MailAttachment[];
}

/** A message in the mailbox. */
export interface StoredMail extends IncomingMail {
  id: string;
  /** When it was caught, ISO 8601. */
  created: string;
  read: boolean;
  /** Bytes on disk, about the size of the message. */
  size: number;
}
