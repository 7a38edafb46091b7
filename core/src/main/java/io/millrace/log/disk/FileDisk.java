package io.millrace.log.disk;

/** Placeholder, written next. */
final class FileDisk {}
