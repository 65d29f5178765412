<?xml version="1.0" encoding="utf-8"?>
<!-- Shows an OAI-PMH answer in a browser as nested lists of names and values. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                xmlns:oai="http://www.openarchives.org/OAI/2.0/" exclude-result-prefixes="oai">
  <xsl:output method="html" encoding="utf-8"/>

  <xsl:template match="/">
    <html>
      <head>
        <title>OAI-PMH: <xsl:value-of select="oai:OAI-PMH/oai:request/@verb"/></title>
        <style>body { font-family: sans-serif; margin: 2em } dd { margin-bottom: .4em } dt { color: #666 }</style>
      </head>
      <body>
        <h1><xsl:value-of select="oai:OAI-PMH/oai:request/@verb"/></h1>
        <dl><xsl:apply-templates select="oai:OAI-PMH/*"/></dl>
      </body>
    </html>
  </xsl:template>

  <xsl:template match="oai:resumptionToken[text()]">
    <dt>resumptionToken</dt>
    <dd><a href="?verb={/oai:OAI-PMH/oai:request/@verb}&amp;resumptionToken={.}">next page</a></dd>
  </xsl:template>

  <xsl:template match="*">
    <dt>
      <xsl:value-of select="local-name()"/>
      <xsl:for-each select="@*"> (<xsl:value-of select="local-name()"/>: <xsl:value-of select="."/>)</xsl:for-each>
    </dt>
    <dd>
      <xsl:choose>
        <xsl:when test="*"><dl><xsl:apply-templates select="*"/></dl></xsl:when>
        <xsl:otherwise><xsl:value-of select="."/></xsl:otherwise>
      </xsl:choose>
    </dd>
  </xsl:template>
</xsl:stylesheet>
