package dev.culvert.core.notice;

import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * What went wrong with a file, in words: the JDK's exceptions put the reason into their type, and
 * their message is the path alone. Safe to share.
 */
public final class FileErrors {
  private FileErrors() {}

  /** A line for the operator: {@code /run/culvert: permission denied}. */
  public static String reason(Throwable failure) {
    return failure instanceof FileSystemException file && file.getFile() != null
        ? file.getFile() + ": " + reasonAlone(file)
        : reasonAlone(failure);
  }

  /** The same without the file, for where it is named already. */
  public static String reasonAlone(Throwable failure) {
    String message = failure.getMessage();
    return switch (failure) {
      case NoSuchFileException _ -> "no such file or directory";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "is there already";
      case NotDirectoryException _ -> "not a directory";
      case DirectoryNotEmptyException _ -> "the directory is not empty";
      case FileSystemLoopException _ -> "too many levels of symbolic links";
      case FileSystemException file when file.getReason() != null -> file.getReason();
      case CharacterCodingException _ -> "not UTF-8 text";
      case FileSystemException _ -> failure.getClass().getSimpleName();
      default ->
          message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    };
  }
}
